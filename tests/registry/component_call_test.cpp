// Calls into components: everything that happens in one is reported with its name.

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/ops/zeros.h>
#include <c10/core/DefaultDtype.h>
#include <c10/core/GradMode.h>
#include <clipwork/host/component_call.h>
#include <clipwork/loss.h>

#include "components/check_returned.h"
#include "support.h"

using namespace clipwork;

namespace {

ComponentInfo mine() {
  ComponentInfo info;
  info.kind = "tracker";
  info.name = "mine";
  info.plugin = "own";
  info.version = "0.3.0";
  info.file = "/p/own.so";
  return info;
}

std::string said(OwnErrors errors, const std::function<void()>& call) {
  const ComponentInfo info = mine();
  return test::error_of([&] { call_component(info, errors, call); });
}

}  // namespace

TEST(ComponentCall, NamesPluginVersionAndFileOfWhatIsNotAnErrorOfItsOwn) {
  const std::string who = "tracker 'mine' of plugin 'own' 0.3.0 (/p/own.so): ";
  for (const OwnErrors errors : {OwnErrors::named, OwnErrors::as_they_are}) {
    EXPECT_EQ(said(errors, [] { throw std::runtime_error("it rains"); }), who + "it rains");
    EXPECT_EQ(said(errors, [] { throw 5; }), who + "threw an object that is not a std::exception");
    EXPECT_EQ(said(errors, [] { throw std::bad_alloc(); }), who + "out of memory");
    EXPECT_EQ(said(errors, [] { at::zeros({2}).view({3}); }),
              who + "LibTorch: shape '[3]' is invalid for input of size 2");
    EXPECT_EQ(said(errors, [] { throw ReturnedFault("2 links", 1); }),
              who + "expected 2 links, found 1");
  }
}

TEST(ComponentCall, LeavesErrorsTheirTypeAndNamesThemIfAsked) {
  const auto fail = [] { throw InputError("cannot be read", "a.png"); };
  EXPECT_EQ(said(OwnErrors::named, fail), "tracker 'mine', a.png: cannot be read");
  EXPECT_EQ(said(OwnErrors::as_they_are, fail), "a.png: cannot be read");
  const ComponentInfo info = mine();
  EXPECT_THROW(call_component(info, OwnErrors::named, fail), InputError);
  EXPECT_THROW(call_component(info, OwnErrors::named, [] { throw NotFinite("loss_ce", "batch"); }),
               NotFinite);
}

TEST(ComponentCall, NotesWhoseCodeRuns) {
  const ComponentInfo info = mine();
  call_component(info, OwnErrors::named, [] {
    ASSERT_NE(running_code(), nullptr);
    EXPECT_EQ(running_code()->text(), "tracker 'mine' of plugin 'own' 0.3.0 (/p/own.so)");
  });
  EXPECT_EQ(running_code(), nullptr);
}

TEST(ComponentCall, UndoesChangesOfTheProcessAndNamesTheComponentOnce) {
  const ComponentInfo info = mine();
  at::set_num_threads(2);
  const uint64_t seed = at::globalContext().defaultGenerator(at::kCPU).current_seed();
  const auto change = [] {
    at::set_num_threads(3);
    c10::set_default_dtype(c10::scalarTypeToTypeMeta(at::kDouble));
    c10::GradMode::set_enabled(false);
    at::Generator generator = at::globalContext().defaultGenerator(at::kCPU);
    generator.set_current_seed(7);
  };
  testing::internal::CaptureStderr();
  call_component(info, OwnErrors::named, change);
  EXPECT_THROW(call_component(info, OwnErrors::named,
                              [&] {
                                change();
                                throw Error("gave up");
                              }),
               Error);
  const std::string warned = testing::internal::GetCapturedStderr();
  for (const char* says :
       {"tracker 'mine' of plugin 'own' 0.3.0 (/p/own.so) changed the thread count from 2 to 3; "
        "restored",
        "changed LibTorch's default type from Float to Double; restored",
        "switched gradients off; restored",
        "changed the seed of LibTorch's own generator to 7 (draw from `Context::random`"}) {
    const size_t at = warned.find(says);
    ASSERT_NE(at, std::string::npos) << warned;
    EXPECT_EQ(warned.find(says, at + 1), std::string::npos) << warned;
  }
  EXPECT_EQ(at::get_num_threads(), 2);
  EXPECT_EQ(c10::get_default_dtype_as_scalartype(), at::kFloat);
  EXPECT_TRUE(c10::GradMode::is_enabled());
  EXPECT_EQ(at::globalContext().defaultGenerator(at::kCPU).current_seed(), seed);
}
