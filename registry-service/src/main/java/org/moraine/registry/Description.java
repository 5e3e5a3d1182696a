package org.moraine.registry;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.quarkus.smallrye.openapi.OpenApiFilter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.PathItem;
import org.eclipse.microprofile.openapi.models.media.Content;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.eclipse.microprofile.openapi.models.security.SecurityScheme;
import org.jboss.jandex.ClassInfo;
import org.jboss.jandex.DotName;
import org.jboss.jandex.IndexView;
import org.jboss.jandex.RecordComponentInfo;
import org.jspecify.annotations.Nullable;

/**
 * What the native API's description says beyond what is read off the methods: which key opens what, how it says no (RFC
 * 9457), and which fields can be null, as the records' {@link Nullable} says.
 */
@OpenApiFilter(OpenApiFilter.RunStage.BUILD)
public class Description implements OASFilter {

    private static final DotName UNWRAPPED = DotName.createSimple(JsonUnwrapped.class);
    private static final DotName NULLABLE = DotName.createSimple(Nullable.class);
    private static final Pattern NUMBER_AT_THE_END = Pattern.compile("[0-9]+$");
    /** What is an object in Java and a word in JSON. */
    private static final List<String> WORDS = List.of("AdapterName", "TeamName", "JobId", "Digest");

    private static final List<String> JSON = List.of("JsonNode", "ObjectNode");
    private static final String PROBLEM = "ProblemDetails";
    private static final String KEY = "key";
    private static final String ADMIN = "admin";
    private static final String WORKER = "worker";

    /** By their simple names. */
    private final Map<String, List<ClassInfo>> records = new HashMap<>();

    public Description(IndexView index) {
        for (ClassInfo each : index.getKnownClasses()) {
            if (each.isRecord() && each.name().toString().startsWith("org.moraine.")) {
                records.computeIfAbsent(each.simpleName(), name -> new ArrayList<>())
                        .add(each);
            }
        }
    }

    @Override
    public void filterOpenAPI(OpenAPI api) {
        Map<String, Schema> schemas = api.getComponents().getSchemas();
        schemas.forEach(this::sayWhatCanBeNull);
        schemas.forEach((name, schema) -> addWhatIsUnwrapped(name, schema, schemas));
        WORDS.forEach(word ->
                api.getComponents().addSchema(word, OASFactory.createSchema().addType(Schema.SchemaType.STRING)));
        JSON.forEach(json ->
                api.getComponents().addSchema(json, OASFactory.createSchema().description("Any JSON")));
        api.getComponents().addSchema(PROBLEM, problem());
        api.getComponents()
                .addSecurityScheme(KEY, bearer("A team's key"))
                .addSecurityScheme(ADMIN, bearer("The admin key, or one that was made for an admin"))
                .addSecurityScheme(WORKER, bearer("The workers' key"));
        api.getPaths()
                .getPathItems()
                .forEach((path, item) ->
                        item.getOperations().forEach((method, operation) -> complete(path, method, operation)));
    }

    private static void complete(String path, PathItem.HttpMethod method, Operation operation) {
        boolean admins = path.matches("/api/v1/(keys|upkeep|proposals).*");
        boolean workers = path.startsWith("/api/v1/blobs")
                || (path.endsWith("/{adapter}/versions") && method == PathItem.HttpMethod.POST);
        operation.addSecurityRequirement(
                OASFactory.createSecurityRequirement().addScheme(admins ? ADMIN : workers ? WORKER : KEY));
        APIResponse refusal = OASFactory.createAPIResponse().description("Why it was not done (RFC 9457)");
        if (method == PathItem.HttpMethod.HEAD) {
            operation.getResponses().getAPIResponses().values().forEach(answer -> answer.setContent(null));
        } else {
            refusal.content(content(ProblemDetails.MEDIA_TYPE, ref(PROBLEM)));
        }
        operation.getResponses().addAPIResponse("default", refusal);
        // the scanner's guesses of what is refused
        operation.getResponses().removeAPIResponse("400");
        operation.getResponses().removeAPIResponse("401");
        operation.getResponses().removeAPIResponse("403");
    }

    private void sayWhatCanBeNull(String name, Schema schema) {
        Map<String, Schema> properties = schema.getProperties();
        if (properties == null) {
            return;
        }
        Map<String, Boolean> nullable = new TreeMap<>();
        records.getOrDefault(NUMBER_AT_THE_END.matcher(name).replaceAll(""), List.of()).stream()
                .map(Description::components)
                .filter(components -> components.keySet().equals(properties.keySet()))
                .findFirst()
                .ifPresent(nullable::putAll);
        Map.copyOf(properties).forEach((property, type) -> {
            if (nullable.getOrDefault(property, true)) {
                schema.addProperty(property, orNull(type));
            } else {
                schema.addRequired(property);
            }
        });
    }

    /** The scanner loses a field of an unwrapped record that is named as what holds the record. */
    private void addWhatIsUnwrapped(String name, Schema schema, Map<String, Schema> schemas) {
        for (ClassInfo record :
                records.getOrDefault(NUMBER_AT_THE_END.matcher(name).replaceAll(""), List.of())) {
            Map<String, Boolean> own = components(record);
            for (RecordComponentInfo component : record.recordComponents()) {
                Schema inner = schemas.get(
                        component.type().name().withoutPackagePrefix().replaceAll(".*\\$", ""));
                String holder = inJson(component.name());
                if (!record.field(component.name()).hasAnnotation(UNWRAPPED) || inner == null) {
                    continue;
                }
                own.remove(holder);
                Set<String> expected = new HashSet<>(own.keySet());
                expected.addAll(inner.getProperties().keySet());
                expected.remove(holder);
                if (schema.getProperties().keySet().containsAll(expected)) {
                    inner.getProperties().forEach(schema::addProperty);
                    Optional.ofNullable(inner.getRequired())
                            .ifPresent(required -> required.forEach(schema::addRequired));
                }
            }
        }
    }

    /** By their names in JSON, whether they can be null. */
    private static Map<String, Boolean> components(ClassInfo record) {
        Map<String, Boolean> components = new HashMap<>();
        for (RecordComponentInfo each : record.recordComponents()) {
            components.put(inJson(each.name()), each.type().hasAnnotation(NULLABLE));
        }
        return components;
    }

    private static String inJson(String name) {
        return name.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    }

    private static Schema orNull(Schema schema) {
        if (schema.getType() != null) {
            return schema.getType().contains(Schema.SchemaType.NULL) ? schema : schema.addType(Schema.SchemaType.NULL);
        }
        return OASFactory.createSchema()
                .addAnyOf(schema)
                .addAnyOf(OASFactory.createSchema().addType(Schema.SchemaType.NULL));
    }

    private static Schema problem() {
        Schema schema = OASFactory.createSchema().addType(Schema.SchemaType.OBJECT);
        for (String text : List.of("type", "title", "detail", "code")) {
            schema.addProperty(text, OASFactory.createSchema().addType(Schema.SchemaType.STRING))
                    .addRequired(text);
        }
        return schema.addProperty("status", OASFactory.createSchema().addType(Schema.SchemaType.INTEGER))
                .addRequired("status")
                .addProperty(
                        "field",
                        OASFactory.createSchema()
                                .addType(Schema.SchemaType.STRING)
                                .addType(Schema.SchemaType.NULL)
                                .description("The field at fault, where it is a single one"))
                .description("A refusal; 'code' is the stable word for programs");
    }

    private static Schema ref(String schema) {
        return OASFactory.createSchema().ref("#/components/schemas/" + schema);
    }

    private static Content content(String type, Schema schema) {
        return OASFactory.createContent()
                .addMediaType(type, OASFactory.createMediaType().schema(schema));
    }

    private static SecurityScheme bearer(String what) {
        return OASFactory.createSecurityScheme()
                .type(SecurityScheme.Type.HTTP)
                .scheme("bearer")
                .description(what);
    }
}
