package org.moraine.deployment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** YAML files as JSON trees, anchors and merges resolved. */
final class Yaml {

    private static final ObjectMapper JSON = new ObjectMapper();

    private Yaml() {}

    /** A file of one document; a key that stands twice is an error. */
    static JsonNode read(Path file) {
        return documents(file).get(0);
    }

    /** A file of documents with {@code ---} between. */
    static List<JsonNode> documents(Path file) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        try (Stream<Object> documents = StreamSupport.stream(
                new org.yaml.snakeyaml.Yaml(new SafeConstructor(options))
                        .loadAll(Files.readString(file))
                        .spliterator(),
                false)) {
            return documents
                    .map(document -> JSON.<JsonNode>valueToTree(document))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The elements of a list; none where there is no list. */
    static Stream<JsonNode> elements(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false);
    }

    /** The texts in a list. */
    static List<String> texts(JsonNode list) {
        return elements(list).map(JsonNode::asText).toList();
    }
}
