#include "inference/stage_clock.h"

#include <c10/util/Exception.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include <clipwork/host/plan.h>

namespace clipwork {

namespace {

double user_cpu_seconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec);
}

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

StageTimes::Stage& entry_of(StageTimes& times, const char* name) {
  auto found = std::find_if(times.stages.begin(), times.stages.end(),
                            [&](const StageTimes::Stage& stage) { return stage.name == name; });
  return found != times.stages.end() ? *found : times.stages.emplace_back(name);
}

}  // namespace

void StageClock::run(const char* name, const PlannedComponent& component,
                     const std::function<void()>& call) {
  run(name, cat(component.info->kind, " '", component.info->name, "'"), place_, call);
}

void StageClock::run(const char* name, const std::string& who, const std::string& place,
                     const std::function<void()>& call) {
  const double wall = wall_seconds(), cpu = user_cpu_seconds();
  try {
    call();
  } catch (Error& error) {
    error.within(who);
    error.within(place);
    throw;
  } catch (const c10::Error& error) {
    throw Error(error.what_without_backtrace(), cat(place, ", ", who));
  } catch (const std::exception& error) {
    throw Error(error.what(), cat(place, ", ", who));
  }
  StageTimes::Stage& entry = entry_of(times_, name);
  entry.wall_seconds += wall_seconds() - wall;
  entry.cpu_seconds += user_cpu_seconds() - cpu;
  ++entry.calls;
}

}  // namespace clipwork
