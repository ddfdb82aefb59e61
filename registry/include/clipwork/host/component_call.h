#pragma once
// Calls into components: whatever happens in one is reported with its name.

#include <clipwork/api.h>
#include <clipwork/host/running_code.h>
#include <clipwork/registrar.h>

#include <functional>

namespace clipwork {

/// The owner of the component's code. Its texts are those of `component`, which must outlive it.
CodeOwner owner_of(const ComponentInfo& component);

/// The treatment of errors that a component throws as an `Error`, with a place of its own: the
/// component is named before that place, or they pass as they are.
enum class OwnErrors { named, as_they_are };

/// Makes a call into code of `component`, noted as `running_code`. Throws Error for everything that
/// the call throws, naming component, plugin, version and file if it is not an `Error` already. If
/// the call changes the floating-point control, the thread count, the gradient mode, the default
/// type or the seed of LibTorch, the change is undone, and a warning names the component, once.
void call_component(const ComponentInfo& component, OwnErrors errors,
                    const std::function<void()>& call);

}  // namespace clipwork
