#include <clipwork/host/log.h>
#include <clipwork/host/progress.h>
#include <gtest/gtest.h>

#include <vector>

using namespace clipwork;

namespace {

/// A view that keeps what was shown, with a clock that a test sets.
struct Screen {
  double now = 100;
  std::vector<std::string> lines, bars;
  Progress::View view(Progress::View::Form form) {
    Progress::View view;
    view.form = form;
    view.seconds = [this] { return now; };
    view.line = [this](const std::string& line) { lines.push_back(line); };
    view.bar = [this](const std::string& bar) { bars.push_back(bar); };
    return view;
  }
};

using Form = Progress::View::Form;

}  // namespace

TEST(Progress, BarShowsPartCountRateAndRemainingTime) {
  Screen screen;
  Progress progress("frames", 200, screen.view(Form::bar));
  screen.now += 10;
  progress.advance(50);
  EXPECT_EQ(screen.bars.back(),
            "[=======                       ]  25%  50/200 frames, 5.0 frames/s, 0:30 left");
  screen.now += 10;
  progress.advance(150);
  EXPECT_EQ(screen.bars.back().substr(0, 38), "[==============================] 100% ");
}

TEST(Progress, BarIsRedrawnTenTimesASecondAtMost) {
  Screen screen;
  Progress progress("frames", 200, screen.view(Form::bar));
  for (int i = 0; i < 100; ++i) {
    screen.now += 0.01;
    progress.advance();
  }
  EXPECT_LE(screen.bars.size(), 11u);
  EXPECT_GE(screen.bars.size(), 9u);
}

TEST(Progress, BarFitsNarrowTerminals) {
  Screen screen;
  Progress::View view = screen.view(Form::bar);
  view.width = 20;
  Progress progress("frames", 200, view);
  screen.now += 1;
  progress.advance();
  EXPECT_EQ(screen.bars.back(), "  0%  1/200 frames, ");
}

TEST(Progress, ShowsARemarkBehindTheFacts) {
  Screen screen;
  Progress progress("steps", 200, screen.view(Form::lines));
  progress.remark("loss 3.1");
  screen.now += 10;
  progress.advance(50);
  EXPECT_EQ(screen.lines.back(), "50/200 steps, 5.0 steps/s, 0:30 left, loss 3.1");
}

TEST(Progress, CountsEarlierWorkAsDoneButNotForTheRate) {
  Screen screen;
  Progress progress("steps", 200, 72, screen.view(Form::lines));
  screen.now += 10;
  progress.advance(8);
  EXPECT_EQ(screen.lines.back(), "80/200 steps, 0.80 steps/s, 2:30 left");
  screen.now += 150;
  progress.advance(120);
  progress.finish();
  EXPECT_EQ(screen.lines.back(), "128 steps in 2:40, 0.80 steps/s; 200 of 200 in all");
}

TEST(Progress, BarOfResumedWorkBeginsWhereItWasLeft) {
  Screen screen;
  Progress progress("steps", 200, 150, screen.view(Form::bar));
  EXPECT_EQ(screen.bars.back(), "[======================        ]  75%  150/200 steps");
}

TEST(Progress, BarIsRemovedAtTheEndAndTheSumIsALine) {
  Screen screen;
  Progress progress("frames", 200, screen.view(Form::bar));
  screen.now += 62;
  progress.advance(200);
  progress.finish();
  EXPECT_EQ(screen.bars.back(), "");
  EXPECT_EQ(screen.lines, std::vector<std::string>{"200 frames in 1:02, 3.2 frames/s"});
}

TEST(Progress, BarIsRemovedWithoutASumWhereWorkFails) {
  Screen screen;
  { Progress progress("frames", 200, screen.view(Form::bar)); }
  EXPECT_EQ(screen.bars.back(), "");
  EXPECT_TRUE(screen.lines.empty());
}

TEST(Progress, ElsewhereThereIsOneLineAnInterval) {
  Screen screen;
  Progress progress("frames", 100, screen.view(Form::lines));
  for (int i = 0; i < 25; ++i) {
    screen.now += 1;
    progress.advance();
  }
  EXPECT_EQ(screen.lines, (std::vector<std::string>{"10/100 frames, 1.0 frames/s, 1:30 left",
                                                    "20/100 frames, 1.0 frames/s, 1:20 left"}));
  progress.finish();
  EXPECT_EQ(screen.lines.back(), "25 of 100 frames in 0:25, 1.0 frames/s");
  EXPECT_TRUE(screen.bars.empty());
}

TEST(Progress, UnknownTotalShowsNoRemainingTime) {
  Screen screen;
  Progress progress("frames", {}, screen.view(Form::lines));
  screen.now += 20;
  progress.advance(3);
  EXPECT_EQ(screen.lines, std::vector<std::string>{"3 frames, 0.15 frames/s"});
}

TEST(Progress, IsNotShownWhenQuiet) {
  set_log_level(LogLevel::warn);
  EXPECT_EQ(Progress::View::standard().form, Form::none);
  set_log_level(LogLevel::info);
  EXPECT_NE(Progress::View::standard().form, Form::none);
}

TEST(Progress, TimesAreWrittenAsOnAClock) {
  EXPECT_EQ(clock_text(0), "0:00");
  EXPECT_EQ(clock_text(65.4), "1:05");
  EXPECT_EQ(clock_text(59.7), "1:00");
  EXPECT_EQ(clock_text(3 * 3600 + 61), "3:01:01");
}
