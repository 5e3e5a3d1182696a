package org.moraine.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.moraine.stack.Checkout;

/** The images of the services. */
class DockerfilesTest {

    /** Made by Maven, so not there before. */
    private static final Pattern BUILT = Pattern.compile("[a-z-]+/target/quarkus-app/.*");

    @ParameterizedTest
    @MethodSource("org.moraine.deployment.Dockerfile#files")
    void whatAnImageCopiesIsInTheBuildContext(String file) throws IOException {
        List<String> letThrough = Files.readAllLines(Checkout.root().resolve(".dockerignore")).stream()
                .filter(line -> line.startsWith("!"))
                .map(line -> line.substring(1))
                .toList();

        List<String> copied = Dockerfile.read(file).all("COPY").stream()
                .filter(copy -> !copy.startsWith("--from="))
                .map(copy -> copy.split(" ")[0])
                .toList();

        assertThat(copied).isNotEmpty().allSatisfy(source -> {
            assertThat(letThrough).anyMatch(path -> Path.of(source).startsWith(path));
            assertThat(source)
                    .satisfiesAnyOf(
                            path -> assertThat(path)
                                    .startsWith(file.split("/")[0])
                                    .matches(BUILT),
                            path -> assertThat(Checkout.root().resolve(path)).exists());
        });
    }

    @ParameterizedTest
    @MethodSource("org.moraine.deployment.Dockerfile#files")
    void anImageSetsOnlyWhatItsServiceReads(String file) {
        ServiceSettings settings = ServiceSettings.of(file.split("/")[0]);

        assertThat(settings.read())
                .containsAll(Dockerfile.read(file).environment().keySet());
    }

    @ParameterizedTest
    @MethodSource("org.moraine.deployment.Dockerfile#files")
    void anImageRunsAsAUserWithoutRightsAndTellsWhetherItIsReady(String file) {
        Dockerfile image = Dockerfile.read(file);
        String port = image.environment().get("QUARKUS_HTTP_PORT");

        assertThat(image.all("USER")).containsExactly("10001:10001");
        assertThat(image.all("EXPOSE")).containsExactly(port);
        assertThat(image.all("HEALTHCHECK")).singleElement().asString().endsWith("CMD [\"ready\", \"" + port + "\"]");
        assertThat(Checkout.root().resolve("docker/ready")).isExecutable();
    }

    @Test
    void theGpuImageHasTheLibtorchThatTheTestsRunOn() throws IOException {
        String tested = Files.readString(Checkout.root().resolve("pom.xml"))
                .replaceAll("(?s).*<libtorch.version>([^<]+)<.*", "$1");

        assertThat(Dockerfile.read("trainer-worker/Dockerfile.cuda").all("RUN").get(0))
                .contains(" torch==" + tested + " ");
    }
}
