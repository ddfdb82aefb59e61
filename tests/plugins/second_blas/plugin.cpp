// Linked with a library called libopenblas.so.0.
#include "../changed_note.h"
CHANGED_NOTE(second_blas, );
extern "C" void cblas_nothing();
extern "C" __attribute__((visibility("default"))) void uses_blas() { cblas_nothing(); }
