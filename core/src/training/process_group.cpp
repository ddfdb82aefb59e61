#include "training/process_group.h"

// c10d's headers change with LibTorch's versions: nothing else may include them.
#define USE_C10D_GLOO
#include <ATen/ops/full.h>
#include <clipwork/error.h>
#include <clipwork/text.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <cstdlib>
#include <thread>

#include "training/pulse.h"

namespace clipwork {
namespace {

/// The first line of a message, without the place in the source that Gloo puts before it.
std::string cause_of(const std::exception& error) {
  std::string text = error.what();
  text = text.substr(0, text.find('\n'));
  if (size_t place = text.find("] "); text.starts_with("[") && place != std::string::npos) {
    text = text.substr(place + 2);
  }
  return text;
}

/// The key in the store that lists missing processes.
constexpr const char* kVerdict = "gone";

/// Process 0 keeps the store so long that others, who notice later, learn from it who is to blame.
constexpr std::chrono::milliseconds kStoreKept(5000);

/// Names the missing processes: those reported by the first process that noticed (which may have
/// ended since, and is not to blame), otherwise `silent`.
std::string verdict_on(c10d::Store& store, const std::vector<int>& silent) {
  if (store.check({kVerdict})) return store.get_to_str(kVerdict);
  const std::string names = join(silent, [](int rank) { return cat("process ", rank); });
  if (!names.empty()) store.set(kVerdict, names);
  return names;
}

std::shared_ptr<gloo::transport::Device> device_for(const std::string& address) {
  using Group = c10d::ProcessGroupGloo;
  if (address == "127.0.0.1" || address == "localhost") {
    return Group::createDeviceForHostname("127.0.0.1");
  }
  if (const char* interface = std::getenv("GLOO_SOCKET_IFNAME")) {
    return Group::createDeviceForInterface(interface);
  }
  return Group::createDefaultDevice();
}

}  // namespace

/// The store that all processes meet in, and the group that sums.
struct ProcessGroup::Connection {
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> group;
  std::unique_ptr<Pulse> pulse;

  Connection(const ProcessPlace& place, std::chrono::milliseconds timeout) {
    c10d::TCPStoreOptions options;
    options.port = static_cast<uint16_t>(place.port);
    options.isServer = place.rank == 0 && place.agent.empty();
    options.waitWorkers = false;
    options.timeout = timeout;
    store = c10::make_intrusive<c10d::TCPStore>(place.address, options);
    if (!place.agent.empty()) store = c10::make_intrusive<c10d::PrefixStore>(place.agent, store);
    auto settings = c10d::ProcessGroupGloo::Options::create(timeout);
    settings->devices.push_back(device_for(place.address));
    group = c10::make_intrusive<c10d::ProcessGroupGloo>(
        c10::make_intrusive<c10d::PrefixStore>("gloo", store), place.rank, place.size, settings);
    pulse =
        std::make_unique<Pulse>(place.rank, place.size, [store = store](int rank, int64_t count) {
          return store->add(cat("pulse/", rank), count);
        });
  }
};

ProcessGroup::ProcessGroup(const ProcessPlace& place, std::chrono::milliseconds timeout)
    : place_(place), timeout_(timeout) {
  try {
    connection_ = std::make_unique<Connection>(place, timeout);
  } catch (const std::exception& error) {
    throw Error(cat("process ", place.rank, " of ", place.size,
                    " could not connect to the others: ", cause_of(error)),
                cat(place.address, ":", place.port),
                "start all of them with the same MASTER_ADDR and a free MASTER_PORT");
  }
}

ProcessGroup::~ProcessGroup() = default;

void ProcessGroup::attempt(const char* doing, const std::function<void()>& work) {
  try {
    work();
  } catch (const std::exception& error) {
    std::string blame = missing();
    if (blame.empty()) blame = "all others are running, but one did not respond in time";
    throw Error(cat("process ", place_.rank, " of ", place_.size, " failed ", doing, ": ", blame,
                    " (", cause_of(error), ")"),
                "", "see the last output of that process, and resume from the last checkpoint");
  }
}

std::string ProcessGroup::missing() {
  std::string names;
  if (auto silent = connection_->pulse->silent()) {
    try {
      names = verdict_on(*connection_->store, *silent);
    } catch (const std::exception&) {
      // The store went in between.
    }
    if (names.empty() && silent->empty()) return names;
  }
  if (names.empty()) names = place_.agent.empty() ? "process 0" : "torchrun";
  if (place_.rank == 0) std::this_thread::sleep_for(kStoreKept);
  return names + " has ended or hangs";
}

void ProcessGroup::on_host(const std::vector<at::Tensor>& tensors,
                           const std::function<void(std::vector<at::Tensor>&)>& work) {
  for (const at::Tensor& tensor : tensors) {
    std::vector<at::Tensor> here = {tensor.detach().to(at::kCPU).contiguous()};
    work(here);
    if (here[0].const_data_ptr() != tensor.const_data_ptr()) tensor.detach().copy_(here[0]);
  }
}

double ProcessGroup::sum(double value) {
  std::vector<at::Tensor> number = {at::full({1}, value, at::kDouble)};
  attempt("to sum numbers", [&] { connection_->group->allreduce(number)->wait(); });
  return number[0].item<double>();
}

void ProcessGroup::add_up(const std::vector<at::Tensor>& tensors) {
  attempt("to sum tensors", [&] {
    on_host(tensors, [&](auto& here) { connection_->group->allreduce(here)->wait(); });
  });
}

void ProcessGroup::broadcast(const std::vector<at::Tensor>& tensors) {
  attempt("to receive data from process 0", [&] {
    on_host(tensors, [&](auto& here) { connection_->group->broadcast(here)->wait(); });
  });
}

void ProcessGroup::barrier() {
  constexpr std::chrono::milliseconds kLook(20), kDoubt(10000);
  attempt("to wait for the others", [&] {
    // Unlike sums, this takes as long as it has to, as long as everybody lives: process 0 may be at
    // an evaluation.
    const std::string key = cat("barrier/", barriers_++);
    int64_t there = connection_->store->add(key, 1);
    for (auto since = std::chrono::milliseconds(0); there < place_.size; since += kLook) {
      if (since >= kDoubt) {
        if (!missing().empty()) throw Error("a process did not connect");
        since = std::chrono::milliseconds(0);
      }
      std::this_thread::sleep_for(kLook);
      there = connection_->store->add(key, 0);
    }
    // The store's process may go only when nobody looks into it any more.
    std::vector<at::Tensor> here = {at::full({1}, 1.0)};
    connection_->group->allreduce(here)->wait();
  });
}

}  // namespace clipwork
