#include <clipwork/host/log.h>
#include <gtest/gtest.h>

#include "base/status_line.h"

using namespace clipwork;

namespace {

/// Everything that `body` prints to standard error.
template <class Body>
std::string printed(Body body) {
  testing::internal::CaptureStderr();
  body();
  return testing::internal::GetCapturedStderr();
}

/// Counts how often it is turned into text.
struct Counted {
  mutable int written = 0;
};
std::ostream& operator<<(std::ostream& stream, const Counted& value) {
  ++value.written;
  return stream << "counted";
}

class Log : public testing::Test {
 protected:
  void TearDown() override {
    set_log_level(LogLevel::info);
    printed([] { set_status_line(""); });
  }
};

}  // namespace

TEST_F(Log, PrintsMessagesThatAreUrgentEnough) {
  auto all = [] {
    log(LogLevel::error, "broken");
    log_warn("frame ", 3, " is damaged");
    log_info("began");
    log_debug("detail");
  };
  EXPECT_EQ(printed(all), "error: broken\nwarning: frame 3 is damaged\nbegan\n");
  set_log_level(LogLevel::warn);
  EXPECT_EQ(printed(all), "error: broken\nwarning: frame 3 is damaged\n");
  set_log_level(LogLevel::error);
  EXPECT_EQ(printed(all), "error: broken\n");
  set_log_level(LogLevel::debug);
  EXPECT_EQ(printed(all), "error: broken\nwarning: frame 3 is damaged\nbegan\ndebug: detail\n");
}

TEST_F(Log, ComposesNoMessageThatIsNotPrinted) {
  Counted value;
  set_log_level(LogLevel::warn);
  EXPECT_EQ(printed([&] { log_info(value); }), "");
  EXPECT_EQ(value.written, 0);
  EXPECT_EQ(printed([&] { log_warn(value); }), "warning: counted\n");
  EXPECT_EQ(value.written, 1);
}

TEST_F(Log, PrintsMessagesAboveTheStatusLineAndDrawsItAgain) {
  EXPECT_EQ(printed([] { set_status_line("50 %"); }), "\r\033[K50 %");
  EXPECT_EQ(printed([] { log_info("a message"); }), "\r\033[Ka message\n50 %");
  EXPECT_EQ(printed([] { set_status_line("51 %"); }), "\r\033[K51 %");
}

TEST_F(Log, ErasesTheStatusLineOnce) {
  EXPECT_EQ(printed([] { set_status_line("50 %"), set_status_line(""); }), "\r\033[K50 %\r\033[K");
  EXPECT_EQ(printed([] { set_status_line(""); }), "");
  EXPECT_EQ(printed([] { log_info("a message"); }), "a message\n");
}

TEST_F(Log, PrintsControlCharactersEscapedAndKeepsItsOwn) {
  EXPECT_EQ(printed([] { log_warn("a\x1b[2J\rname\xff"); }), "warning: a\\x1b[2J\\x0dname\\xff\n");
  EXPECT_EQ(printed([] { set_status_line("\x1b[31m"); }), "\r\033[K\\x1b[31m");
  EXPECT_EQ(printed([] { log_info("m"); }), "\r\033[Km\n\\x1b[31m");
}

TEST_F(Log, IndentsTheLinesOfAMessageSoThatNoneLooksLikeAnother) {
  EXPECT_EQ(printed([] { log_warn("a name\nerror: a false line\n  indented"); }),
            "warning: a name\n  error: a false line\n  indented\n");
}
