#pragma once
// LibTorch holds Gloo inside, and its headers name Gloo's types, but Gloo's own headers are not
// part of it. These declarations are all that is needed to hold pointers to those types.

#include <chrono>

namespace gloo {

class Context {
 public:
  void setTimeout(std::chrono::milliseconds timeout);
};

}  // namespace gloo
