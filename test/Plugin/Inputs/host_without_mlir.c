/* Asks a plugin whether it fits, as mlir-opt does. */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>

struct Info {
  uint32_t api_version;
  const char *name, *version;
  void (*callback)(void *);
};

int main(int argc, char **argv) {
  void *plugin = dlopen(argv[1], RTLD_LAZY | RTLD_GLOBAL);
  if (!plugin) {
    puts(dlerror());
    return 2;
  }
  struct Info (*get)(void) = dlsym(plugin, "mlirGetDialectPluginInfo");
  printf("API version %u\n", get().api_version);
  return 0;
}
