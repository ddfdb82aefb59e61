extern "C" __attribute__((visibility("default"))) void cblas_nothing() {}
