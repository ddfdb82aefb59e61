#pragma once

/// True if the constructor of libclipwork_openmp.so set GOMP_SPINCOUNT. In C, because it has no
/// part in the library's namespace: libclipwork.so alone refers to it.
extern "C" bool clipwork_chose_spin_count;
