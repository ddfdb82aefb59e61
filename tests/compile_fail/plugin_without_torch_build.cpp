// error: CLIPWORK_TORCH_BUILD is not set: build plugins with clipwork_plugin\(\)
#undef CLIPWORK_TORCH_BUILD
#include <clipwork/plugin.h>
