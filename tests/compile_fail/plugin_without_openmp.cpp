// error: plugins are compiled with OpenMP: build them with clipwork_plugin\(\)
#undef _OPENMP
#undef __clang__
#include <clipwork/plugin.h>
