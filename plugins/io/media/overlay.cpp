#include "overlay.h"

#include <clipwork/error.h>

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <optional>

#include "pixels.h"

namespace clipwork::media {
namespace {

constexpr int kFont = cv::FONT_HERSHEY_DUPLEX;

cv::Scalar scalar(Colour colour) {
  return {double(colour[0]), double(colour[1]), double(colour[2])};
}

/// 255 where the mask is on.
cv::Mat mask_picture(const MaskRle& mask) {
  // Run lengths go down the columns: along the rows of the transposed picture.
  cv::Mat columns(static_cast<int>(mask.size.width), static_cast<int>(mask.size.height), CV_8UC1);
  uint8_t* pixel = columns.data;
  uint8_t value = 0;
  for (uint32_t run : mask.counts) {
    std::fill_n(pixel, run, value);
    pixel += run;
    value = static_cast<uint8_t>(~value);
  }
  return columns.t();
}

/// Mixes into each pixel the colour of the track that owns it: its index, or -1.
void tint(cv::Mat& picture, const cv::Mat& owner, const std::vector<PaintedTrack>& tracks,
          double share) {
  std::vector<Colour> colours;
  for (const PaintedTrack& track : tracks) colours.push_back(track_colour(track.track));
  const int part = static_cast<int>(std::lround(256 * share));
  for (int y = 0; y < picture.rows; ++y) {
    auto* pixels = picture.ptr<cv::Vec3b>(y);
    const auto* owners = owner.ptr<int32_t>(y);
    for (int x = 0; x < picture.cols; ++x) {
      if (owners[x] < 0) continue;
      const Colour& colour = colours[static_cast<size_t>(owners[x])];
      for (int c = 0; c < 3; ++c) {
        pixels[x][c] = static_cast<uint8_t>(
            ((256 - part) * pixels[x][c] + part * colour[static_cast<size_t>(c)] + 128) / 256);
      }
    }
  }
}

/// Words on a plate: how large they are, and how they are drawn.
class Plate {
 public:
  /// Letters `height` pixels high, smaller where the words would be wider than `room`.
  Plate(std::string words, double height, int room) : words_(std::move(words)) {
    measure(height);
    if (size_.width > room) measure(std::max(5.0, height * room / size_.width));
  }
  cv::Size size() const { return size_; }

  void draw(cv::Mat& picture, cv::Point corner, Colour background) const {
    const cv::Rect plate = cv::Rect(corner, size_) & cv::Rect({}, picture.size());
    if (plate.empty()) return;
    cv::rectangle(picture, plate, scalar(background), cv::FILLED);
    cv::Mat inside = picture(plate);
    cv::putText(inside, words_, {margin_, margin_ + letters_}, kFont, scale_,
                scalar(text_colour(background)), thickness_, cv::LINE_AA);
  }

 private:
  std::string words_;
  double scale_ = 1;
  int thickness_ = 1, margin_ = 2, letters_ = 0;
  cv::Size size_;

  void measure(double height) {
    constexpr double kCapitals = 22;  // height of capital letters at scale 1
    scale_ = height / kCapitals;
    thickness_ = std::max(1, static_cast<int>(std::lround(height / 14)));
    margin_ = std::max(1, static_cast<int>(std::lround(height * 0.4)));
    int below = 0;
    const cv::Size text = cv::getTextSize(words_, kFont, scale_, thickness_, &below);
    letters_ = text.height;
    size_ = {text.width + 2 * margin_, text.height + 2 * margin_};
  }
};

double letter_height(const cv::Mat& picture) {
  return std::clamp(std::min(picture.rows, picture.cols) / 42.0, 8.0, 40.0);
}

/// The place of a plate that starts at `wanted`: within `room`, and off the plates that are there
/// as far as a place above or below can be found.
cv::Point free_place(cv::Point wanted, cv::Size size, const cv::Rect& room,
                     const std::vector<cv::Rect>& taken) {
  auto inside = [&](int y) {
    return cv::Point(std::clamp(wanted.x, room.x, std::max(room.x, room.br().x - size.width)),
                     std::clamp(y, room.y, std::max(room.y, room.br().y - size.height)));
  };
  auto is_free = [&](cv::Point place) {
    const cv::Rect plate(place, size);
    return std::none_of(taken.begin(), taken.end(),
                        [&](const cv::Rect& other) { return !(plate & other).empty(); });
  };
  for (int step = 0; step <= room.height; ++step) {
    for (int y : {wanted.y + step, wanted.y - step}) {
      if (const cv::Point place = inside(y); is_free(place)) return place;
    }
  }
  return inside(wanted.y);
}

/// A chunk of a PNG file that holds a comment.
std::string png_text(const std::string& comment) {
  auto big = [](uint32_t value) {
    return std::string{char(value >> 24), char(value >> 16), char(value >> 8), char(value)};
  };
  const std::string body = std::string("tEXtComment") + '\0' + comment;
  uint32_t sum = ~0u;  // CRC-32, as the format has it
  for (const char c : body) {
    sum ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) sum = sum >> 1 ^ (sum & 1 ? 0xEDB88320u : 0u);
  }
  return big(static_cast<uint32_t>(body.size() - 4)) + body + big(~sum);
}

void check_masks(const std::vector<PaintedTrack>& tracks, const cv::Mat& picture) {
  for (const PaintedTrack& track : tracks) {
    if (track.mask.size == Size{picture.rows, picture.cols}) continue;
    throw Error(cat("the mask of track ", track.track, " is ", track.mask.size.width, "x",
                    track.mask.size.height, ", the picture ", picture.cols, "x", picture.rows));
  }
}

}  // namespace

void Overlay::paint(Tensor& picture, const std::vector<PaintedTrack>& tracks,
                    const std::string& note) {
  cv::Mat rows = rgb_from_tensor(picture);
  check_masks(tracks, rows);
  const double height = letter_height(rows);
  const int line = std::max(1, static_cast<int>(std::lround(height / 8)));

  // A pixel of several masks belongs to the first: mixed colours would be nobody's.
  cv::Mat owner(rows.size(), CV_32SC1, cv::Scalar(-1));
  std::vector<std::vector<std::vector<cv::Point>>> contours(tracks.size());
  for (size_t i = tracks.size(); i-- > 0;) {
    const cv::Mat mask = mask_picture(tracks[i].mask);
    owner.setTo(static_cast<double>(i), mask);
    cv::findContours(mask, contours[i], cv::RETR_CCOMP, cv::CHAIN_APPROX_NONE);
  }
  tint(rows, owner, tracks, tint_);
  for (size_t i = tracks.size(); i-- > 0;) {
    cv::drawContours(rows, contours[i], -1, scalar(track_colour(tracks[i].track)), line,
                     cv::LINE_AA);
  }

  // The note lies at the top: players cover the lower edge with their controls.
  std::optional<Plate> note_plate;
  cv::Rect room({}, rows.size());
  if (!note.empty()) {
    note_plate.emplace(note, height, rows.cols);
    room.y = std::min(rows.rows, note_plate->size().height);
    room.height -= room.y;
  }
  std::vector<cv::Rect> taken;
  for (size_t i = 0; i < tracks.size(); ++i) {
    if (contours[i].empty() || tracks[i].label.empty()) continue;
    const auto largest = std::max_element(
        contours[i].begin(), contours[i].end(),
        [](const auto& a, const auto& b) { return cv::contourArea(a) < cv::contourArea(b); });
    const Plate plate(tracks[i].label, height, rows.cols);
    const cv::Point wanted = cv::boundingRect(*largest).tl() - cv::Point(0, plate.size().height);
    const cv::Point place = free_place(wanted, plate.size(), room, taken);
    taken.emplace_back(place, plate.size());
    plate.draw(rows, place, track_colour(tracks[i].track));
  }
  if (note_plate) {
    constexpr Colour kWarning = {255, 214, 64};
    cv::rectangle(rows, cv::Rect(0, 0, rows.cols, room.y), scalar(kWarning), cv::FILLED);
    note_plate->draw(rows, {(rows.cols - note_plate->size().width) / 2, 0}, kWarning);
  }
  rgb_into_tensor(rows, picture);
}

std::string Overlay::encode_png16(const Tensor& numbers, const std::string& comment) {
  if (numbers.scalar_type() != at::kInt || numbers.dim() != 2) {
    throw Error(
        cat("expected numbers int32 [H, W], found ", numbers.toString(), " ", numbers.sizes()));
  }
  const Tensor contiguous = numbers.contiguous();
  const cv::Mat wide(static_cast<int>(numbers.size(0)), static_cast<int>(numbers.size(1)), CV_32SC1,
                     contiguous.data_ptr());
  double least = 0, most = 0;
  cv::minMaxLoc(wide, &least, &most);
  if (least < 0 || most > 65535) {
    throw Error(cat("expected numbers from 0 to 65535 for a 16-bit picture, found ",
                    least < 0 ? least : most));
  }
  cv::Mat narrow;
  wide.convertTo(narrow, CV_16U);
  std::vector<uint8_t> bytes;
  cv::imencode(".png", narrow, bytes);
  std::string png(bytes.begin(), bytes.end());
  constexpr size_t kBehindHeader = 8 + 25;  // signature, IHDR
  if (!comment.empty()) png.insert(kBehindHeader, png_text(comment));
  return png;
}

std::string Overlay::encode_jpeg(const Tensor& picture) {
  std::vector<uint8_t> bytes;
  cv::imencode(".jpg", bgr_from_tensor(picture), bytes, {cv::IMWRITE_JPEG_QUALITY, 85});
  return {bytes.begin(), bytes.end()};
}

}  // namespace clipwork::media
