package org.moraine.registry.alias;

import java.util.List;
import java.util.Map;
import org.moraine.contracts.Refused;
import org.moraine.registry.version.Metric;

/**
 * What is asked before an alias points at a version.
 *
 * @param approval whether somebody with the admin key has to approve
 * @param metrics bounds that the version's settings must keep, such as {@code final_loss<0.5}
 */
record AliasRule(boolean approval, List<String> metrics) {

    static final AliasRule NONE = new AliasRule(false, List.of());

    private static final int MOST_METRICS = 20;

    AliasRule {
        if (metrics.size() > MOST_METRICS) {
            throw Refused.invalid("metrics", "A rule has at most " + MOST_METRICS + " metrics");
        }
        metrics.forEach(text -> Metric.of(String.valueOf(text))); // JSON may have a null there
        metrics = List.copyOf(metrics);
    }

    /** Throws {@link Refused} naming the bounds that a version's settings do not keep. */
    void require(String alias, int version, Map<String, Object> settings) {
        List<String> missed = metrics.stream()
                .filter(text -> !Metric.of(text).holds(settings))
                .map(text -> text + " (it has " + settings.get(Metric.of(text).name()) + ")")
                .toList();
        if (!missed.isEmpty()) {
            throw Refused.conflict(
                    "gate_failed",
                    "'" + alias + "' takes only versions that keep its metrics, and version " + version + " misses "
                            + String.join(", ", missed));
        }
    }
}
