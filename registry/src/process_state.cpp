#include <clipwork/host/process_state.h>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <c10/core/DefaultDtype.h>
#include <c10/core/GradMode.h>
#include <c10/util/typeid.h>
#include <clipwork/error.h>
#include <signal.h>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

#include <array>
#include <clocale>
#include <filesystem>
#include <iomanip>
#include <locale>

namespace clipwork {
namespace {

constexpr std::array kSignals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGINT, SIGTERM};

// The control bits alone: rounding, exception masks, flush-to-zero, denormals-are-zero. The low six
// bits record what happened.
#if defined(__SSE__)
constexpr unsigned kControlBits = 0xffc0;
unsigned float_control() { return _mm_getcsr() & kControlBits; }
void set_float_control(unsigned control) { _mm_setcsr((_mm_getcsr() & ~kControlBits) | control); }
#else
unsigned float_control() { return 0; }
void set_float_control(unsigned) {}
#endif

struct sigaction handler_of(int signal) {
  struct sigaction action {};
  sigaction(signal, nullptr, &action);
  return action;
}

}  // namespace

CalculationState::CalculationState()
    : control_(float_control()),
      threads_(at::get_num_threads()),
      gradients_(c10::GradMode::is_enabled()),
      type_(c10::get_default_dtype_as_scalartype()),
      seed_(at::detail::getDefaultCPUGenerator().current_seed()) {}

std::vector<std::string> CalculationState::restore() const {
  std::vector<std::string> changes;
  if (const unsigned control = float_control(); control != control_) {
    set_float_control(control_);
    changes.push_back(cat("changed the floating-point control register from ", std::hex, control_,
                          " to ", control,
                          " (hexadecimal), which changes rounding or denormals in the whole "
                          "process; link it without -ffast-math"));
  }
  if (const int threads = at::get_num_threads(); threads != threads_) {
    at::set_num_threads(threads_);
    changes.push_back(cat("changed the thread count from ", threads_, " to ", threads));
  }
  if (const bool gradients = c10::GradMode::is_enabled(); gradients != gradients_) {
    c10::GradMode::set_enabled(gradients_);
    changes.push_back(cat("switched gradients ", gradients ? "on" : "off"));
  }
  if (const c10::ScalarType type = c10::get_default_dtype_as_scalartype(); type != type_) {
    c10::set_default_dtype(c10::scalarTypeToTypeMeta(type_));
    changes.push_back(
        cat("changed LibTorch's default type from ", c10::toString(type_), " to ", type));
  }
  at::Generator generator = at::detail::getDefaultCPUGenerator();
  if (const uint64_t seed = generator.current_seed(); seed != seed_) {
    generator.set_current_seed(seed_);
    changes.push_back(cat("changed the seed of LibTorch's own generator to ", seed,
                          " (draw from `Context::random`, or from the `Draw` that is passed)"));
  }
  return changes;
}

struct ProcessState::Snapshot {
  CalculationState calculation;
  std::string c_locale = std::setlocale(LC_ALL, nullptr);
  std::locale locale;
  std::array<struct sigaction, kSignals.size()> handlers;
  std::filesystem::path folder = std::filesystem::current_path();
};

ProcessState::ProcessState() : snapshot_(std::make_unique<Snapshot>()) {
  for (size_t i = 0; i < kSignals.size(); ++i) snapshot_->handlers[i] = handler_of(kSignals[i]);
}
ProcessState::~ProcessState() = default;

std::vector<std::string> ProcessState::restore() const {
  const Snapshot& before = *snapshot_;
  std::vector<std::string> changes = before.calculation.restore();
  if (std::string now = std::setlocale(LC_ALL, nullptr);
      now != before.c_locale || std::locale() != before.locale) {
    std::locale::global(before.locale);
    std::setlocale(LC_ALL, before.c_locale.c_str());
    changes.push_back(cat("changed the locale from '", before.c_locale, "' to '", now, "'"));
  }
  for (size_t i = 0; i < kSignals.size(); ++i) {
    const struct sigaction &then = before.handlers[i], now = handler_of(kSignals[i]);
    if (now.sa_sigaction == then.sa_sigaction && now.sa_flags == then.sa_flags) continue;
    sigaction(kSignals[i], &then, nullptr);
    changes.push_back(cat("replaced the handler of signal SIG", sigabbrev_np(kSignals[i])));
  }
  if (auto now = std::filesystem::current_path(); now != before.folder) {
    std::filesystem::current_path(before.folder);
    changes.push_back(cat("changed the current folder to ", now.string()));
  }
  return changes;
}

}  // namespace clipwork
