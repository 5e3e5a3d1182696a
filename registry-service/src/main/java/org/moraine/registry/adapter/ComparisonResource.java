package org.moraine.registry.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Refused;
import org.moraine.registry.Visible;
import org.moraine.registry.alias.Aliases;
import org.moraine.registry.alias.VersionName;
import org.moraine.registry.blob.Blobs;
import org.moraine.registry.version.Version;
import org.moraine.registry.version.VersionFile;
import org.moraine.registry.version.Versions;

/** Holds two versions against each other. */
@Path("/api/v1/comparison")
@Tag(name = "versions")
public class ComparisonResource {

    private static final Pattern NAMED = Pattern.compile("([^/@]+)/([^/@]+)@([^/@]+)");
    private static final String TRAINING = "training.json";

    /** A training record of more bytes than this is not read. */
    private static final long LARGEST_RECORD = 32 << 20;

    private final Visible visible;
    private final Versions versions;
    private final Aliases aliases;
    private final Blobs blobs;
    private final ObjectMapper json;

    ComparisonResource(Visible visible, Versions versions, Aliases aliases, Blobs blobs, ObjectMapper json) {
        this.visible = visible;
        this.versions = versions;
        this.aliases = aliases;
        this.blobs = blobs;
        this.json = json;
    }

    @GET
    @Operation(
            summary = "What differs between two versions: settings, metrics, training data, files",
            description = "Each side is written team/adapter@v3 or team/adapter@alias.")
    public Comparison compare(@QueryParam("left") @Nullable String left, @QueryParam("right") @Nullable String right)
            throws IOException {
        Version one = version("left", left);
        Version other = version("right", right);
        List<VersionFile> before = versions.files(one);
        List<VersionFile> after = versions.files(other);
        return new Comparison(
                one,
                other,
                Comparison.differences(one.settings(), other.settings()),
                Comparison.differences(training(before), training(after)),
                Comparison.Files.of(before, after));
    }

    private Version version(String field, @Nullable String text) {
        Matcher named = NAMED.matcher(text == null ? "" : text);
        if (!named.matches()) {
            throw Refused.invalid(field, "Write a version as team/adapter@v3");
        }
        AdapterName adapter = visible.adapter(named.group(1), named.group(2));
        OptionalInt number = VersionName.number(named.group(3));
        int version = number.isPresent()
                ? number.getAsInt()
                : aliases.version(adapter, named.group(3))
                        .orElseThrow(() -> Refused.absent(
                                "alias_not_found", field, "There is no alias '" + named.group(3) + "' of " + adapter));
        return versions.require(adapter, version);
    }

    /** What the training record says; nothing where there is none, or what is called so is none. */
    private Map<String, JsonNode> training(List<VersionFile> files) throws IOException {
        Optional<VersionFile> record = files.stream()
                .filter(file -> file.path().equals(TRAINING) && file.size() <= LARGEST_RECORD)
                .findFirst();
        if (record.isEmpty()) {
            return Map.of();
        }
        long size = record.get().size();
        try (InputStream bytes = blobs.read(record.get().digest(), size, 0, size)) {
            return Comparison.flat(json.readTree(bytes));
        } catch (JsonProcessingException e) {
            return Map.of();
        }
    }
}
