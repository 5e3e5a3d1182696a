package org.moraine.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.moraine.blobs.signature.SignedModel;
import org.moraine.blobs.signature.TrustedKeys;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Refused;
import org.moraine.engine.WholeFile;
import org.moraine.stack.StackException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Holds a version, in the registry or on disk, against its signature. */
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Reads every byte of a version and holds it against its signature, as OpenSSF Model Signing has it.",
            "",
            "  ./moraine verify team/adapter@v3 --key signing-key.pub",
            "  ./moraine verify my-folder --signature model.sig --key signing-key.pub",
            "",
            "A version is read from the registry that MORAINE_REGISTRY_URL names, with MORAINE_API_KEY.",
            ""
        },
        footer = {
            "",
            "In a folder, .git* and what `hf download` keeps in .cache/huggingface are left out.",
            "Exit code: 0 it is as it was signed; 1 the registry does not answer; 2 wrong options, or it is not signed,",
            "by another key, or is other than what was signed."
        })
final class Verify implements Callable<Integer> {

    private static final Pattern VERSION =
            Pattern.compile("(?<adapter>[^/@]+/[^/@]+)(?:@(?<revision>[A-Za-z0-9._-]+))?");
    private static final Pattern LEFT_OUT = Pattern.compile("\\.git.*|\\.cache/huggingface/.*");

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "VERSION|DIR", description = "team/adapter@v3, team/adapter@production, or a folder.")
    private String what = "";

    @Option(
            names = "--key",
            paramLabel = "FILE",
            description =
                    "The public key, in PEM, that must have signed it. A version's default is the registry's own key,"
                            + " which shows that nothing was changed on the way or in the store.")
    private @Nullable Path key;

    @Option(names = "--signature", paramLabel = "FILE", description = "A folder's signature. Default: model.sig in it.")
    private @Nullable Path signature;

    @Option(names = "--json", description = "Prints a JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        Output output = Output.of(spec);
        SignedModel signed = Files.isDirectory(Path.of(what)) ? folder(Path.of(what)) : version();
        if (json) {
            output.json(Map.of(
                    "signed", signed.name(), "files", signed.files().size(), "key", signed.key(), "verified", true));
        } else {
            output.result(what + ": " + signed.files().size() + " files are as they were signed as " + signed.name()
                    + " by the key " + signed.key());
        }
        return 0;
    }

    private SignedModel folder(Path folder) throws IOException {
        if (key == null) {
            throw Refused.invalid(
                    "--key", "A folder says nothing of whose signature is right; name the key with --key");
        }
        Path file = signature == null ? folder.resolve("model.sig") : signature;
        if (!Files.isRegularFile(file)) {
            throw Refused.invalid("--signature", "There is no signature " + file);
        }
        SignedModel signed = SignedModel.read(Files.readAllBytes(file), keyOf(key));
        Path inside = folder.toRealPath().relativize(file.toRealPath());
        signed.requireSame(WholeFile.digests(
                folder,
                path -> !LEFT_OUT.matcher(path).matches()
                        && !path.equals(inside.toString().replace('\\', '/'))));
        return signed;
    }

    private SignedModel version() throws IOException {
        Matcher named = VERSION.matcher(what);
        if (!named.matches()) {
            throw Refused.invalid("VERSION", "'" + what + "' is no folder, and no version written as team/adapter@v3");
        }
        String adapter = AdapterName.of(named.group("adapter")).toString();
        String revision = named.group("revision") == null ? "main" : named.group("revision");
        TeamClient client = TeamClient.ofRegistry(environment("MORAINE_REGISTRY_URL"), environment("MORAINE_API_KEY"));
        JsonNode info = client.registry("/api/models/" + adapter + "/revision/" + revision);
        String commit = info.path("sha").asText();
        byte[] bundle = client.bytes("/api/v1/adapters/" + adapter + "/commits/" + commit + "/signature")
                .orElseThrow(() -> Refused.invalid("VERSION", what + " is not signed"));
        SignedModel signed = SignedModel.read(bundle, key == null ? ownKey(client) : keyOf(key))
                .requireOf(adapter);
        Map<String, Digest> found = new TreeMap<>();
        for (JsonNode sibling : info.path("siblings")) {
            String path = sibling.path("rfilename").asText();
            found.put(path, client.digest("/" + adapter + "/resolve/" + commit + "/" + path));
        }
        signed.requireSame(found);
        return signed;
    }

    private static TrustedKeys keyOf(Path file) {
        try {
            return TrustedKeys.read(List.of(file));
        } catch (IOException e) {
            throw Refused.invalid("--key", "No public key can be read from " + file + ": " + e.getMessage());
        }
    }

    private static TrustedKeys ownKey(TeamClient client) {
        byte[] pem = client.bytes("/api/v1/signing-key")
                .orElseThrow(() -> Refused.invalid("--key", "The registry has no key of its own; name one with --key"));
        try {
            return TrustedKeys.of(new String(pem, StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new StackException("What the registry gives as its key is none: " + e.getMessage(), e);
        }
    }

    private static String environment(String name) {
        String value = System.getenv(name);
        if (value == null || value.isBlank()) {
            throw Refused.invalid(name, "Set " + name + "; `./moraine up` writes it to moraine.env");
        }
        return value;
    }
}
