package org.moraine.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion.VersionFlag;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.StreamSupport;

/** The service's OpenAPI description, against which every answer of the tests is held. */
public final class Description {

    private static final String LOCATION = "urn:openapi";
    private static final JsonNode DOCUMENT = read();
    private static final JsonSchemaFactory SCHEMAS = JsonSchemaFactory.getInstance(
            VersionFlag.V202012,
            builder -> builder.schemaLoaders(loaders -> loaders.schemas(Map.of(LOCATION, DOCUMENT.toString()))));

    private Description() {}

    /** As it lies in the tree. */
    public static JsonNode document() {
        return DOCUMENT;
    }

    /** Every operation, such as {@code GET /v1/files/{}}: names of parameters are left out. */
    public static Set<String> operations() {
        Set<String> operations = new TreeSet<>();
        DOCUMENT.get("paths")
                .fields()
                .forEachRemaining(path -> path.getValue().fieldNames().forEachRemaining(method -> {
                    if (!method.equals("parameters")) {
                        operations.add(method.toUpperCase(Locale.ROOT) + " "
                                + path.getKey().replaceAll("\\{[^}]*}", "{}"));
                    }
                }));
        return operations;
    }

    /** Throws where an answer to a described operation is not as described. */
    static void check(String method, String path, Client.Answer answer) {
        Optional<String> template = template(path, method.toLowerCase(Locale.ROOT));
        if (template.isEmpty()) {
            return; // the service's own affairs, or a route that there is not
        }
        String pointer = "/paths/" + escaped(template.get()) + "/" + method.toLowerCase(Locale.ROOT) + "/responses/";
        String code = answer.status() == 200 ? "200" : answer.status() / 100 + "XX";
        JsonNode response = DOCUMENT.at(pointer + code);
        if (response.has("$ref")) {
            pointer = response.get("$ref").asText().substring(1);
            response = DOCUMENT.at(pointer);
        } else {
            pointer = pointer + code;
        }
        String type = answer.header("content-type").replaceAll(";.*", "");
        assertThat(response.at("/content").fieldNames())
                .toIterable()
                .as("%s %s gave %s %s", method, path, answer.status(), type)
                .contains(type);
        if (type.equals("application/json")) {
            Set<?> faults = SCHEMAS.getSchema(
                            SchemaLocation.of(LOCATION + "#" + pointer + "/content/application~1json/schema"))
                    .validate(answer.json());
            assertThat(faults).as("%s %s gave %s", method, path, answer.text()).isEmpty();
        }
    }

    private static Optional<String> template(String path, String method) {
        return StreamSupport.stream(
                        ((Iterable<String>) () -> DOCUMENT.get("paths").fieldNames()).spliterator(), false)
                .filter(template -> DOCUMENT.get("paths").get(template).has(method))
                .filter(template -> path.matches(template.replaceAll("\\{(model|fine_tuned_model_checkpoint)}", ".+")
                        .replaceAll("\\{[^}]*}", "[^/]+")))
                .max((one, other) -> Integer.compare(one.length(), other.length()));
    }

    private static String escaped(String key) {
        return key.replace("~", "~0").replace("/", "~1");
    }

    private static JsonNode read() {
        try {
            return new ObjectMapper(new YAMLFactory())
                    .readTree(Description.class.getResourceAsStream("/META-INF/openapi.yaml"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
