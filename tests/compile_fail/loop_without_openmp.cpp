// error: Clipwork code is compiled with OpenMP: link clipwork::clipwork, or add -fopenmp
#undef _OPENMP
#undef __clang__
#include <clipwork/parallel.h>
