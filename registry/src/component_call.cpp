#include <clipwork/host/component_call.h>
#include <clipwork/host/failure.h>
#include <clipwork/host/log.h>
#include <clipwork/host/process_state.h>

#include <mutex>
#include <set>

#include "components/check_returned.h"

namespace clipwork {
namespace {

/// Says once what a component changes in the process.
void report_changes(const ComponentInfo& component, const std::vector<std::string>& changes) {
  static std::mutex mutex;
  static auto& reported = *new std::set<std::string>;
  const std::lock_guard lock(mutex);
  for (const std::string& change : changes) {
    const std::string text = cat(owner_of(component).text(), " ", change, "; restored");
    if (reported.insert(text).second) log_warn(text);
  }
}

}  // namespace

CodeOwner owner_of(const ComponentInfo& component) {
  return {component.kind.c_str(), component.name.c_str(), component.plugin.c_str(),
          component.version.c_str(), component.file.c_str()};
}

void call_component(const ComponentInfo& component, OwnErrors errors,
                    const std::function<void()>& call) {
  const RunningCode running(owner_of(component));
  const CalculationState before;
  const auto restore = [&] {
    if (const auto changes = before.restore(); !changes.empty()) report_changes(component, changes);
  };
  try {
    call();
    restore();
    return;
  } catch (ReturnedFault& fault) {
    restore();
    fault.within(owner_of(component).text());
    throw;
  } catch (Error& error) {
    restore();
    if (errors == OwnErrors::named) error.within(component.called());
    throw;
  } catch (const std::exception& error) {
    restore();
    Error failure = failure_of(error);
    failure.within(owner_of(component).text());
    throw failure;
  } catch (...) {
    restore();
    throw Error("threw an object that is not a std::exception", owner_of(component).text());
  }
}

}  // namespace clipwork
