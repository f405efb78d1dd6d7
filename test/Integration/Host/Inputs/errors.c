/* What the runtime refuses: said on stderr, and the first is kept. */
#include "mirage/Runtime/CudaRuntime.h"
#include <stdio.h>

int main(void) {
  char bad[] = "syntax error", good[] = ".entry add() {}";
  void *stream = mgpuStreamCreate();
  void *module = mgpuModuleLoadJIT(good, 3);
  if (mirageCudaError() || !module)
    return 1;
  if (mgpuModuleLoadJIT(bad, 3) || mgpuMemAlloc(4, stream, true) ||
      mgpuModuleGetFunction(module, "nobody"))
    return 1;
  mgpuModuleUnload(module);
  mgpuStreamDestroy(stream);
  fprintf(stderr, "kept: %s\n", mirageCudaError());
  return 0;
}
