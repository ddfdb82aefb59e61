#include "inference/stage_clock.h"

#include <c10/util/Exception.h>
#include <clipwork/host/clock.h>
#include <clipwork/host/component_call.h>
#include <clipwork/host/plan.h>

#include <algorithm>

namespace clipwork {

StageTimes::Stage& StageTimes::stage(const std::string& name) {
  const auto found = std::find_if(stages.begin(), stages.end(),
                                  [&](const Stage& stage) { return stage.name == name; });
  return found != stages.end() ? *found : stages.emplace_back(name);
}

void StageClock::run(const char* name, const PlannedComponent& component,
                     const std::function<void()>& call) {
  try {
    measure(name, [&] { call_component(*component.info, OwnErrors::named, call); });
  } catch (Error& error) {
    error.within(place_);
    throw;
  }
}

void StageClock::run(const char* name, const std::string& who, const std::string& place,
                     const std::function<void()>& call) {
  try {
    measure(name, call);
  } catch (Error& error) {
    error.within(who);
    error.within(place);
    throw;
  } catch (const c10::Error& error) {
    throw Error(error.what_without_backtrace(), cat(place, ", ", who));
  } catch (const std::exception& error) {
    throw Error(error.what(), cat(place, ", ", who));
  }
}

/// Only calls that return are counted.
void StageClock::measure(const char* name, const std::function<void()>& call) {
  const double wall = wall_seconds(), cpu = user_cpu_seconds();
  call();
  StageTimes::Stage& entry = times_.stage(name);
  entry.wall_seconds += wall_seconds() - wall;
  entry.cpu_seconds += user_cpu_seconds() - cpu;
  ++entry.calls;
}

}  // namespace clipwork
