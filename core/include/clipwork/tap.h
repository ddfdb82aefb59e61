#pragma once
// Taps: named places where a listener may read or replace a tensor. They cost a pointer test when
// nobody listens. Golden cases, dumps and debugging use them.

#include <clipwork/api.h>
#include <clipwork/error.h>
#include <clipwork/tensors.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace clipwork {

/// Hears every tap of the thread it is set for.
class CLIPWORK_API TapListener {
 public:
  virtual ~TapListener();
  /// True if the listener wants to hear a tap of this name.
  virtual bool wants(const std::string& name) = 0;
  /// Gives the tensor to go on with: the same, or another of its shape.
  virtual Tensor hear(const std::string& name, Tensor value) = 0;
};

/// The frame that is being encoded, or the window that is being decoded; -1 where that is not so.
/// For listeners that tell calls apart.
struct TapPlace {
  int64_t frame = -1, window = -1;
};

/// The listener of this thread, or null.
TapListener* tap_listener();
/// The frame or window that the loop is at.
TapPlace tap_place();

/// Sets this thread's listener and place for the life of the object.
class CLIPWORK_API TapScope {
 public:
  explicit TapScope(TapListener* listener, TapPlace place = {});
  ~TapScope();
  TapScope(const TapScope&) = delete;
  TapScope& operator=(const TapScope&) = delete;

 private:
  TapListener* before_;
  TapPlace place_before_;
};

/// Puts `prefix` before the names of this thread's taps for the life of the object; costs a pointer
/// test when nobody listens.
class CLIPWORK_API TapPrefix {
 public:
  template <class... Part>
  explicit TapPrefix(const Part&... part) {
    if (tap_listener()) enter(cat(part...));
  }
  TapPrefix(const TapPrefix&) = delete;
  TapPrefix& operator=(const TapPrefix&) = delete;

 private:
  void enter(std::string prefix);
  std::shared_ptr<TapListener> prefixed_;
  std::unique_ptr<TapScope> scope_;
};

/// A tensor on its way: `x = tap(x, "decoder.layer.", i, ".queries")`. The name is only composed
/// when somebody listens.
template <class... Name>
Tensor tap(Tensor value, const Name&... name) {
  TapListener* listener = tap_listener();
  if (!listener) return value;
  std::string full = cat(name...);
  return listener->wants(full) ? listener->hear(full, std::move(value)) : value;
}

/// A tensor that only a listener needs: `make` runs only for one. Gives what the listener returned,
/// or an undefined tensor.
template <class Make, class... Name>
Tensor tap_made(Make&& make, const Name&... name) {
  TapListener* listener = tap_listener();
  if (!listener) return {};
  std::string full = cat(name...);
  return listener->wants(full) ? listener->hear(full, make()) : Tensor();
}

}  // namespace clipwork
