#pragma once
// A stand-in for LibTorch's CUDA part: operators run on the processor, on memory that cannot be
// touched through a tensor's own pointer. What treats a CUDA tensor as one of the CPU ends the
// process. To be included by one file of a program.

#include <ATen/EmptyTensor.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/unfold_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <sys/mman.h>
#include <torch/library.h>
#include <unistd.h>

#include <map>
#include <mutex>

namespace clipwork::test::fake_cuda {

using at::Tensor;

/// Memory that is mapped twice: where tensors say it is it cannot be touched, and at its twin.
class Memory : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    const c10::Device device(c10::kCUDA, 0);
    if (bytes == 0) return {nullptr, nullptr, nullptr, device};
    int file = memfd_create("fake_cuda", MFD_CLOEXEC);
    TORCH_CHECK(file >= 0 && ftruncate(file, static_cast<off_t>(bytes)) == 0, "no memory");
    void* shut = mmap(nullptr, bytes, PROT_NONE, MAP_SHARED, file, 0);
    void* open = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    TORCH_CHECK(shut != MAP_FAILED && open != MAP_FAILED, "no memory");
    std::lock_guard lock(mutex_);
    blocks_[shut] = {open, bytes};
    return {shut, shut, &Memory::release, device};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &Memory::release; }
  void copy_data(void*, const void*, size_t) const override {
    TORCH_CHECK(false, "not copied as plain memory");
  }
  void* twin(const void* data) {
    std::lock_guard lock(mutex_);
    return blocks_.at(const_cast<void*>(data)).open;
  }

 private:
  struct Block {
    void* open = nullptr;
    size_t bytes = 0;
  };
  static void release(void* data);
  std::mutex mutex_;
  std::map<void*, Block> blocks_;
};

inline Memory& memory() {
  static Memory& memory = *new Memory;
  return memory;
}

inline void Memory::release(void* data) {
  Memory& self = memory();
  std::lock_guard lock(self.mutex_);
  auto found = self.blocks_.find(data);
  munmap(found->second.open, found->second.bytes);
  munmap(data, found->second.bytes);
  self.blocks_.erase(found);
}

/// A tensor of the CPU over the same values.
inline Tensor on_host(const Tensor& tensor) {
  if (!tensor.is_cuda()) return tensor;
  const void* start = tensor.storage().data();
  if (!start) return at::empty(tensor.sizes(), tensor.options().device(at::kCPU));
  char* data = static_cast<char*>(memory().twin(start)) +
               static_cast<size_t>(tensor.storage_offset()) * tensor.element_size();
  return at::from_blob(data, tensor.sizes(), tensor.strides(),
                       tensor.options().device(at::kCPU).requires_grad(false));
}

inline Tensor empty(at::IntArrayRef size, std::optional<at::ScalarType> type,
                    std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool>,
                    std::optional<at::MemoryFormat> format) {
  return at::detail::empty_generic(size, &memory(), c10::DispatchKeySet(c10::DispatchKey::CUDA),
                                   type.value_or(at::kFloat), format);
}

inline Tensor empty_strided(at::IntArrayRef size, at::IntArrayRef stride,
                            std::optional<at::ScalarType> type, std::optional<at::Layout>,
                            std::optional<at::Device>, std::optional<bool>) {
  return at::detail::empty_strided_generic(size, stride, &memory(),
                                           c10::DispatchKeySet(c10::DispatchKey::CUDA),
                                           type.value_or(at::kFloat));
}

inline Tensor& copy(Tensor& self, const Tensor& source, bool) {
  on_host(self).copy_(on_host(source));
  return self;
}

inline Tensor copy_from_and_resize(const Tensor& source, const Tensor& target) {
  if (source.sizes() != target.sizes()) {
    Tensor fresh =
        empty_strided(source.sizes(), source.strides(), source.scalar_type(), {}, {}, {});
    target.unsafeGetTensorImpl()->set_storage_keep_dtype(fresh.storage());
    target.unsafeGetTensorImpl()->set_sizes_and_strides(source.sizes(), source.strides(), 0);
  }
  on_host(target).copy_(on_host(source));
  return target;
}

inline void on_cpu(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  at::native::cpu_fallback(op, stack, /*error_on_views=*/true);
}

// LibTorch looks for this name.
struct CUDAHooks : at::CUDAHooksInterface {
  explicit CUDAHooks(at::CUDAHooksArgs) {}
  void init() const override {}
  bool hasCUDA() const override { return true; }
  c10::DeviceIndex deviceCount() const override { return 1; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
};

}  // namespace clipwork::test::fake_cuda

namespace at {
using clipwork::test::fake_cuda::CUDAHooks;
REGISTER_CUDA_HOOKS(CUDAHooks);
}  // namespace at

namespace c10 {
REGISTER_ALLOCATOR(DeviceType::CUDA, &clipwork::test::fake_cuda::memory());
}
namespace {
c10::impl::DeviceGuardImplRegistrar guard(
    c10::kCUDA, new c10::impl::NoOpDeviceGuardImpl<c10::DeviceType::CUDA>);
}

TORCH_LIBRARY_IMPL(_, CUDA, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&clipwork::test::fake_cuda::on_cpu>());
}

TORCH_LIBRARY_IMPL(aten, CUDA, library) {
  library.impl("empty.memory_format", &clipwork::test::fake_cuda::empty);
  library.impl("empty_strided", &clipwork::test::fake_cuda::empty_strided);
  library.impl("copy_", &clipwork::test::fake_cuda::copy);
  library.impl("_copy_from_and_resize", &clipwork::test::fake_cuda::copy_from_and_resize);
  library.impl("as_strided", &at::native::as_strided_tensorimpl);
  library.impl("view", TORCH_FN(at::native::view));
  library.impl("_reshape_alias", TORCH_FN(at::native::_reshape_alias));
  library.impl("unfold", TORCH_FN(at::native::unfold));
}
