package org.moraine.jobs.openai;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import java.io.IOException;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.moraine.jobs.Description;
import org.moraine.jobs.Job;
import org.moraine.jobs.RealParts;
import org.moraine.jobs.Stage;

@QuarkusTest
@WithTestResource(RealParts.class)
class DescriptionTest {

    /** The other method behind {@code events}, which {@code ?stream=true} is sent to. */
    private static final String STREAM = "GET /v1/fine_tuning/jobs/{}/events/live";

    @Inject
    Stage stage;

    @Test
    void everyRouteOfTheWireIsDescribedAndNoOther() throws Exception {
        Set<String> routes = new TreeSet<>();
        for (Class<?> resource : resources()) {
            for (Method method : resource.getDeclaredMethods()) {
                verb(method).ifPresent(verb -> routes.add(verb + " " + path(resource, method)));
            }
        }
        routes.removeIf(route -> route.contains(" /internal/"));

        assertThat(routes.remove(STREAM)).isTrue();
        assertThat(Description.operations()).isEqualTo(routes);
    }

    @Test
    void theServiceServesItsDescription() {
        assertThat(stage.nobody().get("/openapi?format=json").json()).isEqualTo(Description.document());
    }

    private static Optional<String> verb(Method method) {
        return Arrays.stream(method.getAnnotations())
                .map(Annotation::annotationType)
                .filter(type -> type.isAnnotationPresent(HttpMethod.class))
                .map(type -> type.getAnnotation(HttpMethod.class).value())
                .findFirst();
    }

    private static String path(Class<?> resource, Method method) {
        Path own = method.getAnnotation(Path.class);
        String under = own == null ? "" : "/" + own.value().replaceFirst("^/", "");
        return (resource.getAnnotation(Path.class).value() + under).replaceAll("\\{[^}]*}", "{}");
    }

    private static Set<Class<?>> resources() throws IOException, URISyntaxException, ClassNotFoundException {
        java.nio.file.Path classes = java.nio.file.Path.of(
                Job.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Set<Class<?>> found = new java.util.HashSet<>();
        try (Stream<java.nio.file.Path> files = Files.walk(classes)) {
            for (java.nio.file.Path file : files.toList()) {
                if (file.toString().endsWith("Resource.class")) {
                    String name = classes.relativize(file).toString().replace('/', '.');
                    found.add(Class.forName(name.substring(0, name.length() - ".class".length())));
                }
            }
        }
        return found;
    }
}
