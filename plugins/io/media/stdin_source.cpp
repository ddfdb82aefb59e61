#include <clipwork/error.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sources.h"

namespace clipwork::media {

void StdinSource::Parameters::describe(Describer& d) {
  d("rate", rate, "frames per second to assume for the pictures").range(0.001, 1000);
  d("bad_frames", bad_frames,
    {{"stop", BadFrames::Policy::stop}, {"skip", BadFrames::Policy::skip}},
    "what to do if a picture cannot be decoded");
}

StdinSource::StdinSource(const Parameters& parameters, const Given&)
    : wake_(::eventfd(0, EFD_CLOEXEC)),
      stream_(STDIN_FILENO, wake_),
      rate_(parameters.rate),
      bad_frames_(parameters.bad_frames) {
  if (wake_ < 0) throw Error(cat("no event descriptor is available: ", std::strerror(errno)));
  if (::isatty(STDIN_FILENO)) {
    throw InputError("standard input is a terminal", "--input -",
                     "pipe pictures into it: ffmpeg -i VIDEO -f image2pipe -c:v ppm - | ...");
  }
}

StdinSource::~StdinSource() { ::close(wake_); }

void StdinSource::cancel() {
  cancelled_ = true;
  ::eventfd_write(wake_, 1);
}

std::optional<Frame> StdinSource::next() {
  while (!cancelled_ && stream_.has(1)) {
    const std::string name = cat("standard input, picture ", picture_++);
    std::string bytes;
    try {
      bytes = take_picture(stream_, name);
    } catch (const InputError&) {
      // Truncation by `cancel` is not an error. After any other, the start of the next picture is
      // unknown.
      if (cancelled_) return {};
      throw;
    }
    Frame frame{{}, index_, static_cast<double>(index_) / rate_, name};
    try {
      frame.pixels = decode_picture(bytes, name);
    } catch (const InputError& error) {
      bad_frames_.add(error);
      continue;
    }
    one_size_.check(frame);
    ++index_;
    return frame;
  }
  return {};
}

}  // namespace clipwork::media
