package org.moraine.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.moraine.stack.Checkout;

/** docker-compose.yml, and .env.example beside it. */
class ComposeTest {

    private static final Path FILE = Checkout.root().resolve("docker-compose.yml");

    private static final Pattern SECRET = Pattern.compile(".*(PASSWORD|KEY|TOKEN|SECRET|ROOT_USER).*");
    private static final Pattern ASKED_FOR = Pattern.compile("\\$\\{[A-Z0-9_]+:\\?[^}]+}");

    /** What Compose puts in: the name, and what stands for it when it is not set. */
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Z0-9_]+)(:[?-])([^}]*)}");

    private final JsonNode compose = Yaml.read(FILE);
    private final Map<String, JsonNode> services = compose.path("services").properties().stream()
            .collect(Collectors.toMap(Entry::getKey, Entry::getValue, (a, b) -> a, TreeMap::new));

    @Test
    void keepsToTheComposeSpecification() {
        Set<ValidationMessage> faults = JsonSchemaFactory.getInstance(VersionFlag.V7)
                .getSchema(SchemaLocation.of("classpath:org/moraine/deployment/compose-spec.json"))
                .validate(compose);

        assertThat(faults).isEmpty();
    }

    @Test
    void setsOnlyWhatAServiceReadsAndAllThatItRequires() {
        ours().forEach(service -> {
            ServiceSettings settings = ServiceSettings.of(module(service));
            Set<String> set = new TreeSet<>(environment(service).keySet());
            assertThat(settings.read()).as(service).containsAll(set);

            set.addAll(Dockerfile.read(dockerfile(service)).environment().keySet());
            assertThat(set).as(service).containsAll(settings.required());
        });
    }

    @Test
    void everySecretIsAskedForAndNoneIsInTheFile() {
        services.keySet()
                .forEach(service -> assertThat(environment(service)).allSatisfy((name, value) -> {
                    if (name.equals("HF_TOKEN")) assertThat(value).isEqualTo("${HF_TOKEN:-}");
                    else if (SECRET.matcher(name).matches()) assertThat(value).matches(ASKED_FOR);
                }));
    }

    @Test
    void theExampleOfItsEnvironmentNamesWhatItAsksForWithoutAValue() throws IOException {
        List<String> example = Files.readAllLines(Checkout.root().resolve(".env.example"));

        Set<String> given = example.stream()
                .filter(line -> line.matches("[A-Z0-9_]+=.*"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(given).isEqualTo(variables(variable -> variable.group(2).equals(":?"), name -> name + "="));

        Set<String> optional = example.stream()
                .filter(line -> line.matches("# [A-Z0-9_]+=.*"))
                .map(line -> line.substring(2))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(optional).contains("MORAINE_BIND=127.0.0.1", "MORAINE_CPU_WORKERS=1", "HF_TOKEN=");
    }

    @Test
    void nothingCanBeReachedFromOtherMachinesUnlessTold() {
        List<String> ports = services.values().stream()
                .flatMap(service -> Yaml.texts(service.path("ports")).stream())
                .toList();

        assertThat(ports).hasSize(2).allMatch(port -> port.startsWith("${MORAINE_BIND:-127.0.0.1}:"));
        assertThat(services.values()).noneMatch(service -> service.has("network_mode"));
    }

    @Test
    void everyServerIsWatchedAndWhoNeedsItWaitsForIt() {
        services.forEach((name, service) -> {
            boolean ends = service.path("restart").asText().equals("no");
            assertThat(service.path("healthcheck").path("test").isArray())
                    .as(name)
                    .isNotEqualTo(ends);
            service.path("depends_on").properties().forEach(need -> {
                JsonNode needed = service(need.getKey());
                assertThat(needed.isObject()).as(need.getKey()).isTrue();
                boolean isDone = needed.path("restart").asText().equals("no");
                assertThat(need.getValue().path("condition").asText())
                        .as(name + " on " + need.getKey())
                        .isEqualTo(isDone ? "service_completed_successfully" : "service_healthy");
            });
        });
    }

    @Test
    void theAddressesThatServicesAreToldAreThoseOfTheirNeeds() {
        Pattern address = Pattern.compile("(?:jdbc:postgresql|http)://([a-z-]+):(\\d+).*|(kafka):9092");
        ours().forEach(service -> environment(service).forEach((name, value) -> {
            if (name.equals("HF_ENDPOINT") || !value.matches(address.pattern())) return;
            Set<String> needs = service(service).path("depends_on").properties().stream()
                    .map(need -> need.getKey().equals("database") ? "postgres" : need.getKey())
                    .collect(Collectors.toSet());
            String host = address.matcher(value).replaceAll("$1$3");
            assertThat(needs).as(service + " " + name).contains(host);
        }));
        assertThat(environment("trainer-worker"))
                .containsEntry("MORAINE_JOBS_URL", "http://job-api:8080")
                .containsEntry("MORAINE_REGISTRY_URL", "http://registry-service:8081");
    }

    @Test
    void whatIsToBeKeptIsInNamedVolumesAndWhatIsMountedIsThere() {
        Set<String> named = new TreeSet<>();
        services.values().stream()
                .flatMap(service -> Yaml.texts(service.path("volumes")).stream())
                .map(mount -> mount.split(":")[0])
                .forEach(source -> {
                    if (source.startsWith("./"))
                        assertThat(FILE.resolveSibling(source)).isRegularFile();
                    else named.add(source);
                });

        Set<String> declared = new TreeSet<>();
        compose.path("volumes").fieldNames().forEachRemaining(declared::add);
        assertThat(named).isEqualTo(declared).contains("kafka", "postgres", "minio");
    }

    @Test
    void kafkaKeepsOneCopyOfEverythingAndIsTheTestedVersion() throws IOException {
        assertThat(environment("kafka"))
                .containsEntry("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "1")
                .containsEntry("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1")
                .containsEntry("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR", "1")
                .containsEntry("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR", "1");

        String tested = Files.readString(Checkout.root().resolve("pom.xml"))
                .replaceAll("(?s).*<kafka.version>([^<]+)<.*", "$1");
        assertThat(service("kafka").path("image").asText()).isEqualTo("apache/kafka:" + tested);
    }

    @Test
    void aGpuIsAskedForOnlyByTheWorkerOfTheProfileGpu() {
        JsonNode gpu = service("trainer-worker-gpu");

        assertThat(Yaml.texts(gpu.path("profiles"))).containsExactly("gpu");
        assertThat(dockerfile("trainer-worker-gpu")).isEqualTo("trainer-worker/Dockerfile.cuda");
        assertThat(gpu.at("/deploy/resources/reservations/devices/0/capabilities/0")
                        .asText())
                .isEqualTo("gpu");
        assertThat(gpu.path("environment")).isEqualTo(service("trainer-worker").path("environment"));
        assertThat(ours().filter(name -> service(name).has("profiles"))).containsExactly("trainer-worker-gpu");
    }

    /** The services that are built here. */
    private Stream<String> ours() {
        return services.keySet().stream().filter(name -> service(name).has("build"));
    }

    private JsonNode service(String name) {
        return compose.path("services").path(name);
    }

    private String dockerfile(String service) {
        return service(service).at("/build/dockerfile").asText();
    }

    private String module(String service) {
        return dockerfile(service).split("/")[0];
    }

    private Map<String, String> environment(String service) {
        return service(service).path("environment").properties().stream()
                .collect(Collectors.toMap(
                        Entry::getKey, entry -> entry.getValue().asText()));
    }

    private static Set<String> variables(Predicate<MatchResult> which, Function<String, String> written)
            throws IOException {
        return VARIABLE.matcher(Files.readString(FILE))
                .results()
                .filter(which)
                .map(variable -> written.apply(variable.group(1)))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
