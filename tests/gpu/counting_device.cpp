#include "gpu/counting_device.h"

#include <ATen/EmptyTensor.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/CachingHostAllocator.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/ops/_local_scalar_dense.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/convolution.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/unfold_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <sys/mman.h>
#include <torch/library.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <set>
#include <sstream>
#include <vector>

#include "gpu/host_kernels.h"

namespace clipwork::test {

namespace {

using at::Tensor;

const c10::Device kDevice(c10::kCUDA, 0);

// ---- counting

std::mutex counts_mutex;
std::atomic<bool> counting{false};
DeviceWork counts;

void count(const std::function<void(DeviceWork&)>& change) {
  if (!counting) return;
  std::lock_guard lock(counts_mutex);
  change(counts);
}

void count_kernel(const std::string& name) {
  count([&](DeviceWork& work) { ++work.kernels, ++work.kernels_by_name[name]; });
}

void count_wait(const std::string& name) {
  count([&](DeviceWork& work) { ++work.waits, ++work.waits_by_name[name]; });
}

// ---- memory

/// Memory that is mapped twice: where tensors say it is it cannot be touched, and at its twin.
class DeviceMemory : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    count([](DeviceWork& work) { ++work.allocations; });
    if (bytes == 0) return {nullptr, nullptr, nullptr, kDevice};
    const int file = memfd_create("device_memory", MFD_CLOEXEC);
    TORCH_CHECK(file >= 0 && ftruncate(file, static_cast<off_t>(bytes)) == 0, "no memory");
    void* shut = mmap(nullptr, bytes, PROT_NONE, MAP_SHARED, file, 0);
    void* open = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    TORCH_CHECK(shut != MAP_FAILED && open != MAP_FAILED, "no memory");
    std::lock_guard lock(mutex_);
    blocks_[shut] = {open, bytes};
    return {shut, shut, &DeviceMemory::release, kDevice};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &DeviceMemory::release; }
  void copy_data(void*, const void*, size_t) const override {
    TORCH_CHECK(false, "device memory is not copied as plain memory");
  }
  /// Where the byte at `data` can be touched.
  void* twin(const void* data) {
    std::lock_guard lock(mutex_);
    const auto block = std::prev(blocks_.upper_bound(const_cast<void*>(data)));
    return static_cast<char*>(block->second.open) +
           (static_cast<const char*>(data) - static_cast<char*>(block->first));
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

DeviceMemory& device_memory() {
  static DeviceMemory& memory = *new DeviceMemory;
  return memory;
}

void DeviceMemory::release(void* data) {
  if (!data) return;
  DeviceMemory& self = device_memory();
  std::lock_guard lock(self.mutex_);
  const auto found = self.blocks_.find(data);
  munmap(found->second.open, found->second.bytes);
  munmap(data, found->second.bytes);
  self.blocks_.erase(found);
}

/// Pinned memory: the device copies to and from it while the host goes on.
class PinnedMemory final : public at::HostAllocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    void* data = std::malloc(std::max<size_t>(bytes, 1));
    std::lock_guard lock(mutex_);
    blocks_[data] = bytes;
    return {data, data, &PinnedMemory::release, c10::Device(c10::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &PinnedMemory::release; }
  void copy_data(void* to, const void* from, size_t bytes) const override {
    std::memcpy(to, from, bytes);
  }
  bool record_event(void*, void*, c10::Stream) override { return true; }
  void empty_cache() override {}
  at::HostStats get_stats() override { return {}; }
  void reset_accumulated_stats() override {}
  void reset_peak_stats() override {}

  bool holds(const void* data) {
    std::lock_guard lock(mutex_);
    auto block = blocks_.upper_bound(const_cast<void*>(data));
    if (block == blocks_.begin()) return false;
    --block;
    return static_cast<const char*>(data) <
           static_cast<char*>(block->first) + std::max<size_t>(block->second, 1);
  }

 private:
  static void release(void* data);
  std::mutex mutex_;
  std::map<void*, size_t> blocks_;
};

PinnedMemory& pinned_memory() {
  static PinnedMemory& memory = *new PinnedMemory;
  return memory;
}

void PinnedMemory::release(void* data) {
  PinnedMemory& self = pinned_memory();
  {
    std::lock_guard lock(self.mutex_);
    self.blocks_.erase(data);
  }
  std::free(data);
}

// ---- tensors

Tensor device_tensor(at::IntArrayRef size, at::IntArrayRef stride, at::ScalarType type) {
  return at::detail::empty_strided_generic(size, stride, &device_memory(),
                                           c10::DispatchKeySet(c10::DispatchKey::CUDA), type);
}

/// A CPU tensor over the same values.
Tensor on_host(const Tensor& tensor) {
  if (!tensor.defined() || !tensor.is_cuda()) return tensor;
  const auto options = tensor.options().device(at::kCPU).requires_grad(false);
  const void* start = tensor.storage().data();
  if (!start) return at::detail::empty_strided_cpu(tensor.sizes(), tensor.strides(), options);
  char* data = static_cast<char*>(device_memory().twin(start)) +
               static_cast<size_t>(tensor.storage_offset()) * tensor.element_size();
  return at::from_blob(data, tensor.sizes(), tensor.strides(), options);
}

/// A new tensor of the device with the values of one of the CPU.
Tensor on_device(const Tensor& tensor) {
  if (!tensor.defined() || tensor.is_cuda()) return tensor;
  Tensor made = device_tensor(tensor.sizes(), tensor.strides(), tensor.scalar_type());
  on_host(made).copy_(tensor);
  return made;
}

/// `tensor` becomes what a CPU kernel made of `alias`, which was on_host(tensor).
void adopt(const Tensor& tensor, const Tensor& alias, const void* before) {
  if (alias.const_data_ptr() == before) {
    tensor.unsafeGetTensorImpl()->set_sizes_and_strides(alias.sizes(), alias.strides());
    return;
  }
  const Tensor made = on_device(alias);
  tensor.unsafeGetTensorImpl()->set_storage_keep_dtype(made.storage());
  tensor.unsafeGetTensorImpl()->set_sizes_and_strides(made.sizes(), made.strides(), 0);
}

// ---- operators

bool has_flags(const c10::IValue& value) {
  if (!value.isList()) return false;
  const auto entries = value.toListRef();
  return std::any_of(entries.begin(), entries.end(), [](const c10::IValue& entry) {
    return entry.isTensor() && entry.toTensor().defined() &&
           entry.toTensor().scalar_type() == at::kBool;
  });
}

/// The waits of operators whose result has a size that only the device knows.
void count_waits(const std::string& name, const torch::jit::Stack& arguments) {
  static const std::set<std::string> kWait = {"aten::nonzero", "aten::masked_select",
                                              "aten::_unique2", "aten::unique_dim", "aten::equal"};
  static const std::set<std::string> kIndex = {"aten::index", "aten::index_put_",
                                               "aten::_index_put_impl_"};
  if (kWait.contains(name)) count_wait(name);
  if (kIndex.contains(name) && std::any_of(arguments.begin(), arguments.end(), has_flags)) {
    count_wait(name + " with flags");
  }
}

/// A CUDA build refuses tensors of the CPU beside those of the device, but for numbers and indices.
void refuse_mixed_devices(const std::string& name, const std::vector<Tensor>& tensors) {
  if (name.find("index") != std::string::npos) return;
  for (const Tensor& tensor : tensors) {
    TORCH_CHECK(tensor.is_cuda() || tensor.dim() == 0, name,
                ": expected all tensors on one device, ", "found one of the CPU of sizes ",
                tensor.sizes());
  }
}

/// An argument on its way through the CPU's kernel.
struct Passed {
  std::vector<Tensor> given, aliases;
  std::vector<const void*> data;
  bool on_device = false;

  Tensor alias(const Tensor& tensor) {
    if (!tensor.defined()) return tensor;
    on_device |= tensor.is_cuda();
    given.push_back(tensor);
    aliases.push_back(on_host(tensor));
    data.push_back(aliases.back().const_data_ptr());
    return aliases.back();
  }

  c10::IValue value(const c10::IValue& argument) {
    if (argument.isTensor()) return alias(argument.toTensor());
    if (argument.isTensorList()) {
      c10::List<Tensor> list;
      for (const Tensor& tensor : argument.toTensorVector()) list.push_back(alias(tensor));
      return list;
    }
    if (argument.isOptionalTensorList()) {
      c10::List<std::optional<Tensor>> list;
      for (const std::optional<Tensor>& tensor : argument.toOptionalTensorVector()) {
        list.push_back(tensor ? std::optional<Tensor>(alias(*tensor)) : tensor);
      }
      return list;
    }
    if (argument.isDevice() && argument.toDevice().is_cuda()) {
      on_device = true;
      return c10::Device(c10::kCPU);
    }
    return argument;
  }
};

/// Computes with the CPU's kernel, on the device's memory.
void on_cpu(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const c10::FunctionSchema& schema = op.schema();
  const size_t arguments = schema.arguments().size(), first = stack->size() - arguments;
  const torch::jit::Stack given(stack->begin() + static_cast<std::ptrdiff_t>(first), stack->end());
  if (schema.name() != "aten::set_") count_kernel(schema.name());
  count_waits(schema.name(), given);
  std::vector<Passed> passed(arguments);
  bool of_device = false;
  for (size_t i = 0; i < arguments; ++i) {
    (*stack)[first + i] = passed[i].value(given[i]);
    of_device |= passed[i].on_device;
  }
  if (of_device) {
    for (const Passed& one : passed) refuse_mixed_devices(schema.name(), one.given);
  }
  op.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), stack);

  for (size_t i = 0; i < arguments; ++i) {
    const auto* written = schema.arguments()[i].alias_info();
    if (!written || !written->isWrite()) continue;
    for (size_t k = 0; k < passed[i].given.size(); ++k) {
      if (!passed[i].given[k].is_cuda()) continue;
      adopt(passed[i].given[k], passed[i].aliases[k], passed[i].data[k]);
    }
  }
  const size_t results = schema.returns().size(), begin = stack->size() - results;
  for (size_t r = 0; r < results; ++r) {
    c10::IValue& value = (*stack)[begin + r];
    const auto* alias = schema.returns()[r].alias_info();
    if (alias && alias->isWrite()) {
      for (size_t i = 0; i < arguments; ++i) {
        const auto* argument = schema.arguments()[i].alias_info();
        if (argument && *argument == *alias) value = given[i];
      }
    } else if (of_device && value.isTensor()) {
      value = on_device(value.toTensor());
    } else if (of_device && value.isTensorList()) {
      c10::List<Tensor> list;
      for (const Tensor& tensor : value.toTensorVector()) list.push_back(on_device(tensor));
      value = list;
    }
  }
}

Tensor empty(c10::SymIntArrayRef size, std::optional<at::ScalarType> type,
             std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool>,
             std::optional<at::MemoryFormat> format) {
  return at::detail::empty_generic_symint(size, &device_memory(),
                                          c10::DispatchKeySet(c10::DispatchKey::CUDA),
                                          type.value_or(at::kFloat), format);
}

Tensor empty_strided(at::IntArrayRef size, at::IntArrayRef stride,
                     std::optional<at::ScalarType> type, std::optional<at::Layout>,
                     std::optional<at::Device>, std::optional<bool>) {
  return device_tensor(size, stride, type.value_or(at::kFloat));
}

const Tensor& resize(const Tensor& self, at::IntArrayRef size,
                     std::optional<at::MemoryFormat> format) {
  if (self.sizes() == size && !format) return self;
  const Tensor fresh = at::empty(size, self.options(), format);
  auto* tensor = self.unsafeGetTensorImpl();
  if (self.storage().nbytes() < fresh.storage().nbytes())
    tensor->set_storage_keep_dtype(fresh.storage());
  tensor->set_sizes_and_strides(fresh.sizes(), fresh.strides());
  return self;
}

/// A copy between host and device goes on by itself only if the host's memory is pinned.
void count_transfer(const char* way, const Tensor& host, bool non_blocking) {
  if (!non_blocking || !pinned_memory().holds(host.const_data_ptr())) count_wait(way);
}

Tensor& copy(Tensor& self, const Tensor& source, bool non_blocking) {
  const auto bytes = static_cast<int64_t>(source.nbytes());
  if (self.numel() > 0) {
    if (self.is_cuda() && source.is_cuda()) {
      count_kernel("copy");
    } else if (self.is_cuda()) {
      count([&](DeviceWork& work) { work.bytes_up += bytes; });
      count_transfer("copy up", source, non_blocking);
      if (self.scalar_type() != source.scalar_type() || !self.is_non_overlapping_and_dense() ||
          self.strides() != source.strides()) {
        count_kernel("copy of other type or strides");
      }
    } else {
      count([&](DeviceWork& work) { work.bytes_down += bytes; });
      count_transfer("copy down", self, non_blocking);
    }
  }
  on_host(self).copy_(on_host(source));
  return self;
}

at::Scalar local_scalar(const Tensor& self) {
  count_wait("item");
  count([&](DeviceWork& work) { work.bytes_down += static_cast<int64_t>(self.element_size()); });
  return at::_local_scalar_dense(on_host(self));
}

/// The one memory format that cuDNN computes in.
at::MemoryFormat format_of(const Tensor& input, const Tensor& weight) {
  const auto last = at::MemoryFormat::ChannelsLast;
  const bool any = input.suggest_memory_format() == last || weight.suggest_memory_format() == last;
  return any ? last : at::MemoryFormat::Contiguous;
}

/// As cuDNN does it: everything in one memory format, then the bias in a kernel of its own.
Tensor convolution(const Tensor& input, const Tensor& weight, const std::optional<Tensor>& bias,
                   at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation,
                   bool transposed, at::IntArrayRef output_padding, int64_t groups) {
  const at::MemoryFormat format = format_of(input, weight);
  const Tensor picture = input.contiguous(format), filter = weight.contiguous(format);
  count_kernel("aten::cudnn_convolution");
  Tensor output = on_device(at::convolution(on_host(picture), on_host(filter), {}, stride, padding,
                                            dilation, transposed, output_padding, groups)
                                .contiguous(format));
  if (bias && bias->defined()) output.add_(bias->view({1, -1, 1, 1}));
  return output;
}

/// relu(conv(input) + addend) in one kernel.
Tensor fused_convolution(const Tensor& input, const Tensor& weight, const Tensor& addend,
                         const std::optional<Tensor>& bias, at::IntArrayRef stride,
                         at::IntArrayRef padding, at::IntArrayRef dilation, int64_t groups) {
  const at::MemoryFormat format = format_of(input, weight);
  const Tensor picture = input.contiguous(format), filter = weight.contiguous(format);
  count_kernel("aten::cudnn_convolution with relu");
  const int64_t none[] = {0, 0};
  Tensor output = at::convolution(on_host(picture), on_host(filter), on_host(bias.value()), stride,
                                  padding, dilation, false, none, groups);
  if (addend.defined()) output = output + on_host(addend);
  return on_device(output.relu().contiguous(format));
}

Tensor convolution_relu(const Tensor& input, const Tensor& weight,
                        const std::optional<Tensor>& bias, at::IntArrayRef stride,
                        at::IntArrayRef padding, at::IntArrayRef dilation, int64_t groups) {
  return fused_convolution(input, weight, {}, bias, stride, padding, dilation, groups);
}

Tensor convolution_add_relu(const Tensor& input, const Tensor& weight, const Tensor& addend,
                            const std::optional<at::Scalar>&, const std::optional<Tensor>& bias,
                            at::IntArrayRef stride, at::IntArrayRef padding,
                            at::IntArrayRef dilation, int64_t groups) {
  return fused_convolution(input, weight, addend, bias, stride, padding, dilation, groups);
}

bool is_pinned(const Tensor& self, std::optional<at::Device>) {
  return pinned_memory().holds(self.const_data_ptr());
}

// ---- the rest of a device

struct Guard final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return c10::kCUDA; }
  c10::Device exchangeDevice(c10::Device) const override { return kDevice; }
  c10::Device getDevice() const override { return kDevice; }
  void setDevice(c10::Device) const override {}
  void uncheckedSetDevice(c10::Device) const noexcept override {}
  c10::Stream getStream(c10::Device) const override { return stream(); }
  c10::Stream getDefaultStream(c10::Device) const override { return stream(); }
  c10::Stream getNewStream(c10::Device, int) const override { return stream(); }
  c10::Stream exchangeStream(c10::Stream) const override { return stream(); }
  void* getStreamNativeHandle(const c10::Stream) const override { return nullptr; }
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }
  void record(void**, const c10::Stream&, c10::DeviceIndex, c10::EventFlag) const override {}
  void block(void*, const c10::Stream&) const override {}
  bool queryEvent(void*) const override { return true; }
  bool queryStream(const c10::Stream&) const override { return true; }
  void synchronizeStream(const c10::Stream&) const override { count_wait("stream"); }
  void synchronizeEvent(void*) const override { count_wait("event"); }
  void synchronizeDevice(c10::DeviceIndex) const override { count_wait("device"); }

 private:
  static c10::Stream stream() { return c10::Stream(c10::Stream::DEFAULT, kDevice); }
};

// LibTorch looks for this name.
struct CUDAHooks final : at::CUDAHooksInterface {
  explicit CUDAHooks(at::CUDAHooksArgs) {}
  void init() const override {}
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasCUDA() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  c10::Device getDeviceFromPtr(void*) const override { return kDevice; }
  c10::DeviceIndex deviceCount() const override { return 1; }
  c10::DeviceIndex getCurrentDevice() const override { return 0; }
  c10::DeviceIndex current_device() const override { return 0; }
  int getNumGPUs() const override { return 1; }
  c10::Allocator* getCUDADeviceAllocator() const override { return &device_memory(); }
  c10::Allocator* getPinnedMemoryAllocator() const override { return &pinned_memory(); }
  bool isPinnedPtr(const void* data) const override { return pinned_memory().holds(data); }
  void deviceSynchronize(c10::DeviceIndex) const override { count_wait("device"); }
};

std::unique_ptr<at::CUDAHooksInterface> make_hooks(at::CUDAHooksArgs) {
  return std::make_unique<CUDAHooks>(at::CUDAHooksArgs{});
}

C10_REGISTER_GUARD_IMPL(CUDA, Guard)

TORCH_LIBRARY_IMPL(_, CUDA, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&on_cpu>());
}

TORCH_LIBRARY_IMPL(aten, CUDA, library) {
  library.impl("empty.memory_format", TORCH_FN(empty));
  library.impl("empty_strided", TORCH_FN(empty_strided));
  library.impl("resize_", TORCH_FN(resize));
  library.impl("copy_", TORCH_FN(copy));
  library.impl("_local_scalar_dense", TORCH_FN(local_scalar));
  library.impl("as_strided", TORCH_FN(at::native::as_strided_tensorimpl));
  library.impl("view", TORCH_FN(at::native::view));
  library.impl("_reshape_alias", TORCH_FN(at::native::_reshape_alias));
  library.impl("unfold", TORCH_FN(at::native::unfold));
  library.impl("convolution", TORCH_FN(convolution));
  library.impl("cudnn_convolution_relu", TORCH_FN(convolution_relu));
  library.impl("cudnn_convolution_add_relu", TORCH_FN(convolution_add_relu));
  library.impl("is_pinned", TORCH_FN(is_pinned));
  // A CUDA build has kernels for these, which are composites elsewhere.
  for (const char* name : {"convolution_backward", "native_group_norm", "native_layer_norm", "addr",
                           "_foreach_mul.Scalar", "_foreach_mul_.Scalar", "_foreach_mul_.Tensor",
                           "_foreach_norm.Scalar", "_foreach_add_.Scalar", "_foreach_add_.List",
                           "_foreach_lerp_.Scalar", "_foreach_sqrt", "_foreach_div_.List"}) {
    library.impl(name, torch::CppFunction::makeFromBoxedFunction<&on_cpu>());
  }
}

[[maybe_unused]] const bool kRegistered = [] {
  at::CUDAHooksRegistry()->Register("CUDAHooks", &make_hooks);
  c10::SetAllocator(c10::kCUDA, &device_memory());
  at::setHostAllocator(c10::kCUDA, &pinned_memory());
  return true;
}();

// ---- the project's own kernels

template <class T>
T* twin(T* data) {
  return const_cast<T*>(static_cast<const T*>(device_memory().twin(data)));
}

int deformable(const void* value, const float* raw, void* out, int32_t batch,
               const gpu::SampledLevels& maps, gpu::Format format, void*) {
  count_kernel("clipwork::deformable");
  host_deformable(twin(value), twin(raw), twin(out), batch, maps, format);
  return 0;
}

int deformable_backward(const float* value, const float* raw, const float* grad_out,
                        float* grad_value, float* grad_raw, int32_t batch,
                        const gpu::SampledLevels& maps, void*) {
  count_kernel("clipwork::deformable_backward");
  host_deformable_backward(twin(value), twin(raw), twin(grad_out), twin(grad_value), twin(grad_raw),
                           batch, maps);
  return 0;
}

int runs(const float* values, int32_t masks, const gpu::Enlargement& enlargement, uint16_t* changes,
         uint32_t capacity, uint32_t* cursor, gpu::Strip* strips, void*) {
  count_kernel("clipwork::runs");
  gpu::Enlargement reachable = enlargement;
  reachable.x_index = twin(enlargement.x_index);
  reachable.y_index = twin(enlargement.y_index);
  reachable.x_weight = twin(enlargement.x_weight);
  reachable.y_weight = twin(enlargement.y_weight);
  host_runs(twin(values), masks, reachable, twin(changes), capacity, twin(cursor), twin(strips));
  return 0;
}

std::vector<std::pair<std::string, int64_t>> most_frequent(
    const std::map<std::string, int64_t>& counted) {
  std::vector<std::pair<std::string, int64_t>> sorted(counted.begin(), counted.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return sorted;
}

}  // namespace

DeviceWork device_work_of(const std::function<void()>& work) {
  {
    std::lock_guard lock(counts_mutex);
    counts = {};
  }
  counting = true;
  try {
    work();
  } catch (...) {
    counting = false;
    throw;
  }
  counting = false;
  std::lock_guard lock(counts_mutex);
  return counts;
}

std::string details(const DeviceWork& work) {
  std::ostringstream text;
  text << work.kernels << " kernels:";
  for (const auto& [name, count] : most_frequent(work.kernels_by_name))
    text << " " << name << " " << count;
  text << "\n" << work.waits << " waits:";
  for (const auto& [name, count] : most_frequent(work.waits_by_name))
    text << " " << name << " " << count;
  text << "\n"
       << work.allocations << " allocations, " << work.bytes_up << " bytes up, " << work.bytes_down
       << " bytes down\n";
  return text.str();
}

}  // namespace clipwork::test

const clipwork::gpu::Kernels* clipwork_gpu_kernels() {
  using namespace clipwork::test;
  static const clipwork::gpu::Kernels kernels = {[](int) { return "an error"; }, &deformable,
                                                 &deformable_backward, &runs};
  return &kernels;
}
