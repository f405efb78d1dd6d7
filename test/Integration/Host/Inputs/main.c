/* Calls the program of chain.mlir, compiled ahead of time. Exit code 0: right,
   1: wrong, 3: something failed, most likely for want of a device. */
#include "mirage/Runtime/CudaRuntime.h"
#include <math.h>
#include <stdio.h>

enum { count = 6, workspaceBytes = 1024 };

/* Input, output, workspace: in device memory. */
void chain(void *x, void *y, void *workspace);

int main(void) {
  float x[count], y[count] = {0};
  void *stream = mgpuStreamCreate();
  void *deviceX = mgpuMemAlloc(sizeof(x), stream, false);
  void *deviceY = mgpuMemAlloc(sizeof(y), stream, false);
  void *workspace = mgpuMemAlloc(workspaceBytes, stream, false);
  int i, wrong = 0;
  for (i = 0; i < count; ++i)
    x[i] = (float)(i * i);
  mgpuMemcpy(deviceX, x, sizeof(x), stream);
  mgpuMemset32(deviceY, 0xffffffff, count, stream);
  mgpuStreamSynchronize(stream);
  /* Twice: nothing is left over from the first call. */
  chain(deviceX, deviceY, workspace);
  chain(deviceX, deviceY, workspace);
  mgpuMemcpy(y, deviceY, sizeof(y), stream);
  mgpuStreamSynchronize(stream);
  mgpuMemFree(deviceX, stream);
  mgpuMemFree(deviceY, stream);
  mgpuMemFree(workspace, stream);
  mgpuStreamDestroy(stream);
  if (mirageCudaError()) {
    printf("failed: %s\n", mirageCudaError());
    return 3;
  }
  for (i = 0; i < count; ++i)
    if (!(fabsf(y[i] - 2 * (float)i) <= 1e-5f)) {
      printf("element %d is %g, not %d\n", i, y[i], 2 * i);
      wrong = 1;
    }
  if (!wrong)
    printf("right\n");
  return wrong;
}
