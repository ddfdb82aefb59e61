#pragma once

/// True if the constructor of libclipwork_openmp.so set GOMP_SPINCOUNT;
/// clipwork::chose_spin_count() returns it.
extern "C" bool clipwork_chose_spin_count;
