package org.moraine.registry.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Digest;
import org.moraine.registry.version.Version;
import org.moraine.registry.version.VersionFile;

/**
 * Two versions side by side; only what differs is in it.
 *
 * @param settings what made each and what came of it, as it was published
 * @param training what their {@code training.json} say: data, every setting; the steps are left out
 */
record Comparison(
        Version left, Version right, SortedMap<String, Pair> settings, SortedMap<String, Pair> training, Files files) {

    /** A value on either side; null where that side has none. */
    record Pair(@Nullable Object left, @Nullable Object right) {}

    /** Files that only one side has, and those that both have with other bytes. */
    record Files(List<String> onlyLeft, List<String> onlyRight, List<String> changed) {
        static Files of(List<VersionFile> left, List<VersionFile> right) {
            Map<String, Digest> before = digests(left);
            Map<String, Digest> after = digests(right);
            SortedSet<String> paths = new TreeSet<>(before.keySet());
            paths.addAll(after.keySet());
            return new Files(
                    paths.stream().filter(path -> !after.containsKey(path)).toList(),
                    paths.stream().filter(path -> !before.containsKey(path)).toList(),
                    paths.stream()
                            .filter(path -> before.containsKey(path) && after.containsKey(path))
                            .filter(path -> !Objects.equals(before.get(path), after.get(path)))
                            .toList());
        }

        private static Map<String, Digest> digests(List<VersionFile> files) {
            return files.stream().collect(Collectors.toMap(VersionFile::path, VersionFile::digest));
        }
    }

    /** The keys whose values differ. */
    static SortedMap<String, Pair> differences(Map<String, ?> left, Map<String, ?> right) {
        SortedSet<String> keys = new TreeSet<>(left.keySet());
        keys.addAll(right.keySet());
        SortedMap<String, Pair> differences = new TreeMap<>();
        for (String key : keys) {
            if (!Objects.equals(left.get(key), right.get(key))) {
                differences.put(key, new Pair(left.get(key), right.get(key)));
            }
        }
        return differences;
    }

    /** A document's values by their dotted keys; lists of objects, such as steps, are left out. */
    static Map<String, JsonNode> flat(JsonNode document) {
        Map<String, JsonNode> values = new TreeMap<>();
        add("", document, values);
        return values;
    }

    private static void add(String key, JsonNode node, Map<String, JsonNode> values) {
        if (node.isObject()) {
            node.properties()
                    .forEach(field ->
                            add(key.isEmpty() ? field.getKey() : key + "." + field.getKey(), field.getValue(), values));
        } else if (!(node.isArray() && node.has(0) && node.get(0).isObject())) {
            values.put(key, node);
        }
    }
}
