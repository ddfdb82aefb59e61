#pragma once

namespace clipwork::cli {

/// From here on, an end of the process inside of a plugin is reported with its name. `exit()` then
/// means a failure: folders of runs under way say `incomplete`, and the exit code is 1. After a
/// crash (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT), the process ends by that signal. `_exit()` and
/// SIGKILL cannot be seen from inside the process.
void report_abnormal_ends();

/// The program itself ends now: `exit()` is no failure any more.
void end_normally();

}  // namespace clipwork::cli
