#include "bridge/kitchen/heat.hpp"

#include <cmath>

namespace epicura::bridge::kitchen {
namespace {

constexpr double stirring_loss = 0.002;     // more loss for each rpm: a fresh surface all the time
constexpr double steam_lost_covered = 0.3;  // the rest condenses on the lid and drips back
constexpr double evaporation_open = 0.4;    // share of the loss that is evaporation, below boiling
constexpr double evaporation_covered = 0.05;

}  // namespace

double loss_w_k(const Vessel& vessel, const Surroundings& around) {
  return (around.lid ? vessel.loss_covered_w_k : vessel.loss_open_w_k) * (1 + stirring_loss * around.stir_rpm);
}

double capacity_j_k(const Vessel& vessel, const Content& content) {
  return vessel.capacity_j_k + content.water_kg * water_j_kg_k + content.dry_kg * dry_j_kg_k;
}

Content heat(const Vessel& vessel, Content content, const Surroundings& around, double seconds) {
  const double heating_w = vessel.efficiency * std::clamp(around.power_w, 0.0, vessel.power_limit_w);
  const double loss = loss_w_k(vessel, around);
  const double end_c = around.ambient_c + heating_w / loss;
  double left_s = seconds;

  // At most three parts: up to boiling, boiling until it is dry, and on without water.
  if (!content.boils() || end_c < boiling_c) {
    const double rate = loss / capacity_j_k(vessel, content);
    const double from_c = content.temperature_c;
    double part_s = left_s;
    double to_c = follow(from_c, end_c, std::exp(-left_s * rate));
    if (content.water_kg > 0 && to_c > boiling_c) {
      part_s = from_c >= boiling_c ? 0 : std::min(left_s, std::log((end_c - from_c) / (end_c - boiling_c)) / rate);
      to_c = boiling_c;
    }
    if (content.water_kg > 0) {
      const double loss_w = std::max(0.0, loss * ((from_c + to_c) / 2 - around.ambient_c));
      const double share = around.lid ? evaporation_covered : evaporation_open;
      content.water_kg = std::max(0.0, content.water_kg - share * loss_w * part_s / steam_j_kg);
    }
    content.temperature_c = to_c;
    left_s -= part_s;
  }
  if (left_s > 0 && content.boils()) {
    content.temperature_c = boiling_c;
    const double steam_w = heating_w - loss * (boiling_c - around.ambient_c);
    const double loss_kg_s = steam_w / steam_j_kg * (around.lid ? steam_lost_covered : 1.0);
    const double dry_after_s = content.water_kg / loss_kg_s;
    const double part_s = std::min(left_s, dry_after_s);
    content.water_kg = dry_after_s <= left_s ? 0 : content.water_kg - loss_kg_s * part_s;
    left_s -= part_s;
  }
  if (left_s > 0 && content.water_kg <= 0) {
    const double rate = loss / capacity_j_k(vessel, content);
    content.temperature_c = follow(content.temperature_c, end_c, std::exp(-left_s * rate));
  }
  return content;
}

}  // namespace epicura::bridge::kitchen
