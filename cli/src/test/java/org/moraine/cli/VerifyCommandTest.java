package org.moraine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.moraine.blobs.signature.SignedModel;
import org.moraine.blobs.signature.SigningKey;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Manifest;
import org.moraine.stack.SigningKeyFiles;

/** {@code verify} of a folder, and what it ends with. */
class VerifyCommandTest {

    private static final byte[] CONTENT = "weights".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path folder;

    private final StringWriter said = new StringWriter();
    private Path version;
    private Path key;

    @BeforeEach
    void aSignedFolder() throws IOException {
        SigningKeyFiles pair = SigningKeyFiles.in(folder.resolve("keys"));
        key = pair.open();
        version = Files.createDirectories(folder.resolve("version"));
        Files.createDirectories(version.resolve("mora"));
        Files.createDirectories(version.resolve(".cache/huggingface"));
        Files.writeString(version.resolve(".cache/huggingface/note"), "of the client that pulled it");
        Files.write(version.resolve("mora/adapter.bin"), CONTENT);
        Manifest manifest =
                new Manifest(List.of(new Manifest.File("mora/adapter.bin", CONTENT.length, Digest.of(CONTENT))));
        Files.writeString(
                version.resolve("model.sig"),
                SignedModel.sign("acme/bot@v1", manifest, SigningKey.read(pair.secret(), key)));
    }

    @Test
    void aFolderAsItWasSignedIsSound() {
        assertThat(verify(version, "--key", key)).isZero();
        assertThat(said.toString()).contains("1 files are as they were signed as acme/bot@v1");
    }

    @Test
    void aByteThatWasChangedAndAFileThatWasAddedAreNamed() throws IOException {
        Files.writeString(version.resolve("mora/adapter.bin"), "Weights");
        assertThat(verify(version, "--key", key)).isEqualTo(2);
        assertThat(said.toString()).contains("mora/adapter.bin");

        Files.write(version.resolve("mora/adapter.bin"), CONTENT);
        Files.writeString(version.resolve("more.txt"), "");
        assertThat(verify(version, "--key", key)).isEqualTo(2);
        assertThat(said.toString()).contains("more.txt");
    }

    @Test
    void aKeyThatIsAbsentOrNoneIsAWrongOption() {
        assertThat(verify(version)).isEqualTo(2);
        assertThat(verify(version, "--key", folder.resolve("absent.pub"))).isEqualTo(2);
        assertThat(verify(version, "--key", version.resolve("model.sig"))).isEqualTo(2);
        assertThat(said.toString())
                .contains("name the key with --key", "absent.pub", "no PUBLIC KEY in PEM")
                .doesNotContain("Exception");
    }

    @Test
    void whatIsNoVersionsNameIsSaidToBeNone() {
        assertThat(verify("a b/c")).isEqualTo(2);
        assertThat(verify("acme/bot@v1?")).isEqualTo(2);
        assertThat(said.toString()).doesNotContain("Exception");
    }

    private int verify(Object... arguments) {
        List<String> command = new ArrayList<>(List.of("verify"));
        List.of(arguments).forEach(argument -> command.add(argument.toString()));
        PrintWriter out = new PrintWriter(said, true);
        return Main.commandLine().setOut(out).setErr(out).execute(command.toArray(String[]::new));
    }
}
