// Imports a symbol that every TORCH_LIBRARY leads to.
#include "../changed_note.h"
CHANGED_NOTE(registers_operators, );
namespace torch {
struct Library {
  void reset();
};
}  // namespace torch
extern "C" __attribute__((visibility("default"))) void uses_library(torch::Library& library) {
  library.reset();
}
