#include <clipwork/host/process_state.h>

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

struct ProcessState::Snapshot {
  unsigned control = float_control();
  std::string c_locale = std::setlocale(LC_ALL, nullptr);
  std::locale locale;
  std::array<struct sigaction, kSignals.size()> handlers;
  std::filesystem::path folder = std::filesystem::current_path();
  int threads = at::get_num_threads();
  bool gradients = c10::GradMode::is_enabled();
  caffe2::TypeMeta type = c10::get_default_dtype();
};

ProcessState::ProcessState() : snapshot_(std::make_unique<Snapshot>()) {
  for (size_t i = 0; i < kSignals.size(); ++i) snapshot_->handlers[i] = handler_of(kSignals[i]);
}
ProcessState::~ProcessState() = default;

std::vector<std::string> ProcessState::restore() const {
  const Snapshot& before = *snapshot_;
  std::vector<std::string> changes;
  if (unsigned control = float_control(); control != before.control) {
    set_float_control(before.control);
    changes.push_back(cat("changed the floating-point control register from ", std::hex,
                          before.control, " to ", control,
                          " (hexadecimal), which changes rounding or denormals in the whole "
                          "process; link it without -ffast-math"));
  }
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
  if (int threads = at::get_num_threads(); threads != before.threads) {
    at::set_num_threads(before.threads);
    changes.push_back(cat("changed the thread count from ", before.threads, " to ", threads));
  }
  if (bool gradients = c10::GradMode::is_enabled(); gradients != before.gradients) {
    c10::GradMode::set_enabled(before.gradients);
    changes.push_back(cat("switched gradients ", gradients ? "on" : "off"));
  }
  if (c10::get_default_dtype() != before.type) {
    c10::set_default_dtype(before.type);
    changes.push_back("changed LibTorch's default type");
  }
  return changes;
}

}  // namespace clipwork
