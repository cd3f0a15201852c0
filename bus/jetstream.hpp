#pragma once
// Owning handles for what libnats's JetStream calls return.

#include <memory>

#include <nats/nats.h>

namespace epicura::bus {

template <auto destroy>
struct Destroys {
  template <class T>
  void operator()(T* held) const {
    destroy(held);
  }
};

using JetStream = std::unique_ptr<jsCtx, Destroys<jsCtx_Destroy>>;
using StreamInfo = std::unique_ptr<jsStreamInfo, Destroys<jsStreamInfo_Destroy>>;
using ConsumerInfo = std::unique_ptr<jsConsumerInfo, Destroys<jsConsumerInfo_Destroy>>;

}  // namespace epicura::bus
