#pragma once
#include <clipwork/host/processes.h>

#include <functional>
#include <memory>
#include <string>

namespace clipwork {

/// Processes that LibTorch's c10d connects.
class ProcessGroup : public Communicator {
 public:
  ProcessGroup(const ProcessPlace& place, std::chrono::milliseconds timeout);
  ~ProcessGroup() override;
  int rank() const override { return place_.rank; }
  int size() const override { return place_.size; }
  double sum(double value) override;
  void add_up(const std::vector<at::Tensor>& tensors) override;
  void broadcast(const std::vector<at::Tensor>& tensors) override;
  void barrier() override;

 private:
  struct Connection;
  ProcessPlace place_;
  std::chrono::milliseconds timeout_;
  std::unique_ptr<Connection> connection_;
  int64_t barriers_ = 0;
  /// Turns what c10d throws into an Error that says what was being done, and who is to blame.
  void attempt(const char* doing, const std::function<void()>& work);
  /// "process 2 is gone or has stopped"; empty where all are there. Takes some seconds.
  std::string missing();
  /// Runs `work` on each tensor, as contiguous memory of the host.
  void on_host(const std::vector<at::Tensor>& tensors,
               const std::function<void(std::vector<at::Tensor>&)>& work);
};

}  // namespace clipwork
