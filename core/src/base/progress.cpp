#include <clipwork/host/clock.h>
#include <clipwork/host/log.h>
#include <clipwork/host/progress.h>
#include <clipwork/text.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "base/status_line.h"

namespace clipwork {
namespace {

constexpr double kRedraw = 0.1;  // seconds between two drawings of the bar

int terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string rate_text(double rate, const std::string& unit) {
  const int digits = rate >= 100 ? 0 : rate >= 1 ? 1 : 2;
  return cat(fixed(rate, digits), " ", unit, "/s");
}

}  // namespace

std::string clock_text(double seconds) {
  auto whole = static_cast<int64_t>(seconds + 0.5);
  const std::string seconds_text = padded(whole % 60, 2);
  if (whole < 3600) return cat(whole / 60, ":", seconds_text);
  return cat(whole / 3600, ":", padded(whole / 60 % 60, 2), ":", seconds_text);
}

Progress::View Progress::View::standard() {
  View view;
  if (log_level() >= LogLevel::info) view.form = isatty(STDERR_FILENO) ? Form::bar : Form::lines;
  // The last column stays free: some terminals wrap when it is written.
  view.width = terminal_width() - 1;
  view.seconds = wall_seconds;
  view.line = [](const std::string& line) { log(LogLevel::info, line); };
  view.bar = set_status_line;
  return view;
}

Progress::Progress(std::string unit, std::optional<int64_t> total, View view)
    : unit_(std::move(unit)), total_(total), view_(std::move(view)) {
  begin();
}

Progress::Progress(std::string unit, int64_t total, int64_t done, View view)
    : unit_(std::move(unit)), total_(total), view_(std::move(view)), before_(done), done_(done) {
  begin();
}

void Progress::begin() {
  if (view_.form == View::Form::none) return;
  start_ = shown_ = view_.seconds();
  if (view_.form == View::Form::bar) view_.bar(bar_line(0));
}

Progress::~Progress() {
  if (view_.form == View::Form::bar) view_.bar("");
}

void Progress::advance(int64_t count) {
  done_ += count;
  if (view_.form == View::Form::none) return;
  double now = view_.seconds();
  if (now - shown_ < (view_.form == View::Form::bar ? kRedraw : view_.interval)) return;
  shown_ = now;
  if (view_.form == View::Form::bar) {
    view_.bar(bar_line(now - start_));
  } else {
    view_.line(facts(now - start_));
  }
}

void Progress::remark(std::string text) { remark_ = std::move(text); }

void Progress::finish() {
  if (view_.form == View::Form::none) return;
  if (view_.form == View::Form::bar) view_.bar("");
  double elapsed = view_.seconds() - start_;
  const int64_t now = done_ - before_;
  std::string of = total_ && before_ == 0 && *total_ != done_ ? cat(" of ", *total_) : "";
  std::string rate = elapsed > 0 ? ", " + rate_text(now / elapsed, unit_) : "";
  std::string all = before_ > 0 ? cat("; ", done_, " of ", *total_, " in all") : "";
  view_.line(cat(now, of, " ", unit_, " in ", clock_text(elapsed), rate, all));
  view_.form = View::Form::none;
}

/// "57/200 frames, 3.2 frames/s, 0:45 left"; less where it is not known yet.
std::string Progress::facts(double elapsed) const {
  std::string text = total_ ? cat(done_, "/", *total_, " ", unit_) : cat(done_, " ", unit_);
  if (done_ > before_ && elapsed > 0) {
    double rate = (done_ - before_) / elapsed;
    text += ", " + rate_text(rate, unit_);
    if (total_) {
      text += cat(", ", clock_text(std::max<int64_t>(0, *total_ - done_) / rate), " left");
    }
  }
  if (!remark_.empty()) text += ", " + remark_;
  return text;
}

std::string Progress::bar_line(double elapsed) const {
  std::string text = facts(elapsed);
  if (total_ && *total_ > 0) {
    double part = std::min(1.0, static_cast<double>(done_) / static_cast<double>(*total_));
    int cells = std::min(30, view_.width - static_cast<int>(text.size()) - 10);
    std::string percent = cat(static_cast<int>(part * 100), "%");
    percent.insert(0, 4 - percent.size(), ' ');
    std::string bar;
    if (cells >= 5) {
      auto full = static_cast<size_t>(part * cells);
      bar = "[" + std::string(full, '=') + std::string(cells - full, ' ') + "] ";
    }
    text = cat(bar, percent, "  ", text);
  }
  return text.substr(0, static_cast<size_t>(std::max(0, view_.width)));
}

}  // namespace clipwork
