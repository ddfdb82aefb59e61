#pragma once
// Turns an exception into an error for the user.

#include <clipwork/error.h>

#include <exception>

namespace clipwork {

/// Ours as they are; LibTorch's without their page of addresses, which goes to the debug log;
/// others by what they say.
Error failure_of(const std::exception& error);

}  // namespace clipwork
