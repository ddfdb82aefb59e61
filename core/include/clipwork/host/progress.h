#pragma once
// Progress of long work: a bar with rate and remaining time on a terminal, a line per interval
// elsewhere, nothing when the program is quiet.

#include <clipwork/api.h>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace clipwork {

/// Used by one thread at a time.
class CLIPWORK_API Progress {
 public:
  /// The form in which progress is shown, and the clock it uses.
  struct View {
    enum class Form { none, lines, bar } form = Form::none;
    int width = 80;        ///< columns of the bar
    double interval = 10;  ///< seconds between two lines
    std::function<double()> seconds;
    std::function<void(const std::string&)> line;  ///< prints a line
    std::function<void(const std::string&)> bar;   ///< draws over the bar before; empty: removes it
    /// Standard error, as a terminal or not, by `log_level()`.
    static View standard();
  };

  /// `unit` is what is counted ("frames"); `total` may be unknown.
  explicit Progress(std::string unit, std::optional<int64_t> total = {},
                    View view = View::standard());
  /// The same of work that was begun before: `done` of `total` are finished already. They count as
  /// done, but not for the rate.
  Progress(std::string unit, int64_t total, int64_t done, View view = View::standard());
  /// Removes the bar. What was done is told by `finish` alone.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance(int64_t count = 1);
  /// Sets the text behind the facts.
  void remark(std::string text);
  /// Prints what was done in which time.
  void finish();

 private:
  void begin();
  std::string facts(double elapsed) const;
  std::string bar_line(double elapsed) const;
  std::string unit_;
  std::optional<int64_t> total_;
  View view_;
  double start_ = 0, shown_ = 0;
  int64_t before_ = 0, done_ = 0;  ///< `done_` includes those before
  std::string remark_;
};

/// "0:07", "12:05", "3:02:01".
std::string clock_text(double seconds);

}  // namespace clipwork
