#include <c10/util/Exception.h>
#include <clipwork/host/failure.h>
#include <gmock/gmock.h>

#include <new>

using namespace clipwork;
using testing::HasSubstr;
using testing::Not;

TEST(Failure, OursStayAsTheyAre) {
  const Error failure = failure_of(InputError("is wrong", "a.toml", "mend it"));
  EXPECT_EQ(failure.code(), ExitCode::bad_input);
  EXPECT_THAT(failure.what(), HasSubstr("a.toml: is wrong"));
}

TEST(Failure, OfLibTorchSaysNothingOfAddresses) {
  try {
    TORCH_CHECK(false, "shapes differ");
  } catch (const std::exception& error) {
    const std::string text = failure_of(error).what();
    EXPECT_THAT(text, HasSubstr("LibTorch: shapes differ"));
    EXPECT_THAT(text, Not(HasSubstr("frame #")));
  }
}

TEST(Failure, OfMemoryAndOfOthersIsASentence) {
  EXPECT_THAT(failure_of(std::bad_alloc()).what(), HasSubstr("memory"));
  EXPECT_THAT(failure_of(std::runtime_error("odd")).what(), HasSubstr("odd"));
}
