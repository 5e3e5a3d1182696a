package org.moraine.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.HTTPGetAction;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.kustomize.v1beta1.Kustomization;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.moraine.stack.Checkout;

/** The manifests under k8s/. */
class KubernetesTest {

    private static final Path K8S = Checkout.root().resolve("k8s");
    private static final Path BASE = K8S.resolve("base");
    private static final Path OVERLAY = K8S.resolve("overlays/example");

    private static final Map<String, Class<? extends HasMetadata>> KINDS = Map.of(
            "ConfigMap", ConfigMap.class,
            "Deployment", Deployment.class,
            "Ingress", Ingress.class,
            "NetworkPolicy", NetworkPolicy.class,
            "Service", Service.class,
            "ServiceAccount", ServiceAccount.class);

    /** Reads Kubernetes' own types, and refuses a field that they do not have, where they would keep it aside. */
    private static final JsonMapper STRICT = JsonMapper.builder()
            .annotationIntrospector(new JacksonAnnotationIntrospector() {
                @Override
                public Boolean hasAnySetter(Annotated member) {
                    return false;
                }
            })
            .build();

    @ParameterizedTest
    @ValueSource(strings = {"base", "overlays/example"})
    void manifestsHaveOnlyFieldsThatKubernetesKnows(String folder) throws IOException {
        for (Path file : manifests(K8S.resolve(folder))) {
            for (JsonNode document : Yaml.documents(file))
                assertThat(read(document).getMetadata().getName()).isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"base", "overlays/example"})
    void aKustomizationNamesTheFilesBesideIt(String folder) throws IOException {
        JsonNode kustomization = kustomization(K8S.resolve(folder));

        List<String> named = Stream.concat(
                        Yaml.texts(kustomization.path("resources")).stream(),
                        Yaml.elements(kustomization.path("patches"))
                                .map(patch -> patch.path("path").asText()))
                .filter(name -> !name.equals("../../base"))
                .toList();

        assertThat(named)
                .containsExactlyInAnyOrderElementsOf(manifests(K8S.resolve(folder)).stream()
                        .map(file -> file.getFileName().toString())
                        .toList());
        assertThat(STRICT.treeToValue(kustomization, Kustomization.class).getKind())
                .isEqualTo("Kustomization");
    }

    @Test
    void theExampleChangesWhatTheBaseHas() throws IOException {
        JsonNode kustomization = kustomization(OVERLAY);
        Set<String> inBase = Stream.concat(deployments().stream(), all(BASE, ConfigMap.class).stream())
                .map(KubernetesTest::title)
                .collect(Collectors.toSet());
        List<HasMetadata> patches = new ArrayList<>();
        for (JsonNode patch : kustomization.path("patches")) {
            for (JsonNode document :
                    Yaml.documents(OVERLAY.resolve(patch.path("path").asText()))) {
                patches.add(read(document));
            }
        }

        assertThat(patches).isNotEmpty().allSatisfy(patch -> assertThat(inBase).contains(title(patch)));
        assertThat(Yaml.elements(kustomization.path("images"))
                        .map(image -> image.path("name").asText()))
                .containsExactlyInAnyOrderElementsOf(deployments().stream()
                        .map(deployment -> container(deployment).getImage().replaceAll(":.*", ""))
                        .toList());
        assertThat(Yaml.elements(kustomization.path("images"))).allMatch(image -> image.has("newTag"));
    }

    @Test
    void setsOnlyWhatAServiceReadsAndAllThatItRequires() throws IOException {
        for (Deployment deployment : deployments()) {
            String service = deployment.getMetadata().getName();
            ServiceSettings settings = ServiceSettings.of(service);
            Set<String> set = container(deployment).getEnv().stream()
                    .map(EnvVar::getName)
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(settings.read()).as(service).containsAll(set);

            container(deployment).getEnv().stream()
                    .filter(KubernetesTest::isOptional)
                    .forEach(variable -> set.remove(variable.getName()));
            set.addAll(Dockerfile.read(service + "/Dockerfile").environment().keySet());
            assertThat(set).as(service).containsAll(settings.required());
        }
    }

    @Test
    void settingsComeFromTheConfigMapAndSecretsFromSecretsThatTheReadmeLists() throws IOException {
        Map<String, String> given = all(BASE, ConfigMap.class).get(0).getData();
        String readme = Files.readString(K8S.resolve("README.md"));
        Set<String> used = new TreeSet<>();

        for (EnvVar variable : variables()) {
            EnvVarSource source = variable.getValueFrom();
            if (variable.getName().matches(".*(PASSWORD|KEY|TOKEN|SECRET).*")) {
                assertThat(variable.getValue()).as(variable.getName()).isNull();
                assertThat(source.getSecretKeyRef()).as(variable.getName()).isNotNull();
            }
            if (source != null && source.getSecretKeyRef() != null) {
                assertThat(readme.lines())
                        .as(variable.getName())
                        .anyMatch(line -> line.startsWith(
                                        "| `" + source.getSecretKeyRef().getName() + "`")
                                && line.contains("`" + source.getSecretKeyRef().getKey() + "`"));
            } else if (source != null && source.getConfigMapKeyRef() != null) {
                assertThat(source.getConfigMapKeyRef().getName()).isEqualTo("moraine");
                used.add(source.getConfigMapKeyRef().getKey());
            }
        }

        assertThat(used).isEqualTo(new TreeSet<>(given.keySet()));
        for (ConfigMap change : all(OVERLAY, ConfigMap.class)) {
            assertThat(given.keySet()).containsAll(change.getData().keySet());
        }
    }

    @Test
    void servicesAndIngressesLeadToPortsThatAreThere() throws IOException {
        Map<String, Deployment> byName = deployments().stream()
                .collect(Collectors.toMap(deployment -> deployment.getMetadata().getName(), deployment -> deployment));
        for (Deployment deployment : byName.values()) {
            assertThat(deployment.getSpec().getSelector().getMatchLabels())
                    .isEqualTo(deployment.getSpec().getTemplate().getMetadata().getLabels());
        }
        List<Service> services = all(BASE, Service.class);
        for (Service service : services) {
            String name = service.getMetadata().getName();
            assertThat(byName).containsKey(name);
            Deployment behind = byName.getOrDefault(name, new Deployment());
            assertThat(service.getSpec().getSelector())
                    .isEqualTo(behind.getSpec().getTemplate().getMetadata().getLabels());
            ContainerPort port = container(behind).getPorts().get(0);
            assertThat(service.getSpec().getPorts()).singleElement().satisfies(open -> {
                assertThat(open.getPort()).isEqualTo(port.getContainerPort());
                assertThat(open.getTargetPort().getStrVal()).isEqualTo(port.getName());
            });
        }
        assertThat(variables().stream().map(EnvVar::getValue).filter(value -> value != null))
                .containsExactlyInAnyOrderElementsOf(services.stream()
                        .map(service -> "http://" + service.getMetadata().getName() + ":"
                                + service.getSpec().getPorts().get(0).getPort())
                        .toList());

        List<Ingress> ingresses = all(OVERLAY, Ingress.class);
        assertThat(ingresses.stream()
                        .flatMap(ingress -> ingress.getSpec().getRules().stream())
                        .flatMap(rule -> rule.getHttp().getPaths().stream())
                        .map(path -> path.getBackend().getService().getName() + " " + path.getPath()))
                .containsExactlyInAnyOrder("job-api /v1", "registry-service /");
    }

    @Test
    void everyServiceIsProbedOnThePortOfItsImage() throws IOException {
        for (Deployment deployment : deployments()) {
            Container container = container(deployment);
            Dockerfile image = Dockerfile.read(deployment.getMetadata().getName() + "/Dockerfile");

            assertThat(container.getPorts())
                    .singleElement()
                    .satisfies(port -> assertThat(port.getContainerPort())
                            .hasToString(image.environment().get("QUARKUS_HTTP_PORT")));
            isProbe(container.getStartupProbe().getHttpGet(), "/q/health/live", container);
            isProbe(container.getLivenessProbe().getHttpGet(), "/q/health/live", container);
            isProbe(container.getReadinessProbe().getHttpGet(), "/q/health/ready", container);
        }
    }

    @Test
    void everyServiceRunsWithoutRightsAndWritesOnlyToVolumes() throws IOException {
        for (Deployment deployment : deployments()) {
            PodSpec pod = deployment.getSpec().getTemplate().getSpec();
            Container container = container(deployment);
            Dockerfile image = Dockerfile.read(deployment.getMetadata().getName() + "/Dockerfile");

            assertThat(pod.getAutomountServiceAccountToken()).isFalse();
            assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
            assertThat(image.all("USER"))
                    .containsExactly(pod.getSecurityContext().getRunAsUser() + ":"
                            + pod.getSecurityContext().getRunAsGroup());
            assertThat(container.getSecurityContext().getAllowPrivilegeEscalation())
                    .isFalse();
            assertThat(container.getSecurityContext().getReadOnlyRootFilesystem())
                    .isTrue();
            assertThat(container.getSecurityContext().getCapabilities().getDrop())
                    .containsExactly("ALL");
            assertThat(container.getResources().getRequests()).containsKeys("cpu", "memory");
            assertThat(container.getResources().getLimits()).containsKey("memory");

            assertThat(container.getVolumeMounts().stream().map(VolumeMount::getMountPath))
                    .contains("/tmp")
                    .containsAll(image.volumes());
            assertThat(container.getVolumeMounts().stream().map(VolumeMount::getName))
                    .containsExactlyInAnyOrderElementsOf(pod.getVolumes().stream()
                            .map(volume -> volume.getName())
                            .toList());
        }
    }

    private static void isProbe(HTTPGetAction probe, String path, Container container) {
        assertThat(probe.getPath()).isEqualTo(path);
        assertThat(probe.getPort().getStrVal())
                .isEqualTo(container.getPorts().get(0).getName());
    }

    private static boolean isOptional(EnvVar variable) {
        @Nullable EnvVarSource source = variable.getValueFrom();
        return source != null
                && source.getSecretKeyRef() != null
                && Boolean.TRUE.equals(source.getSecretKeyRef().getOptional());
    }

    private static List<EnvVar> variables() throws IOException {
        return deployments().stream()
                .flatMap(deployment -> container(deployment).getEnv().stream())
                .toList();
    }

    private static List<Deployment> deployments() throws IOException {
        List<Deployment> deployments = all(BASE, Deployment.class);
        assertThat(deployments.stream()
                        .map(deployment -> deployment.getMetadata().getName()))
                .containsExactlyInAnyOrderElementsOf(ServiceSettings.SERVICES.keySet());
        return deployments;
    }

    private static Container container(Deployment deployment) {
        return deployment.getSpec().getTemplate().getSpec().getContainers().get(0);
    }

    private static String title(HasMetadata manifest) {
        return manifest.getKind() + " " + manifest.getMetadata().getName();
    }

    private static <T extends HasMetadata> List<T> all(Path folder, Class<T> kind) throws IOException {
        List<T> found = new ArrayList<>();
        for (Path file : manifests(folder)) {
            for (JsonNode document : Yaml.documents(file)) {
                HasMetadata manifest = read(document);
                if (kind.isInstance(manifest)) found.add(kind.cast(manifest));
            }
        }
        return found;
    }

    private static HasMetadata read(JsonNode document) {
        Class<? extends HasMetadata> kind = KINDS.get(document.path("kind").asText());
        assertThat(kind).as(document.path("kind").asText()).isNotNull();
        try {
            HasMetadata manifest = STRICT.treeToValue(document, kind);
            assertThat(manifest.getApiVersion()).isEqualTo(HasMetadata.getApiVersion(kind));
            return manifest;
        } catch (JsonProcessingException e) {
            throw new AssertionError(document.path("metadata").path("name") + ": " + e.getMessage(), e);
        }
    }

    private static JsonNode kustomization(Path folder) {
        return Yaml.read(folder.resolve("kustomization.yaml"));
    }

    private static List<Path> manifests(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> !file.endsWith("kustomization.yaml"))
                    .sorted()
                    .toList();
        }
    }
}
