package org.moraine.registry.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import java.io.IOException;
import java.util.Map;
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
import org.moraine.registry.version.TrainingRecords;
import org.moraine.registry.version.Version;
import org.moraine.registry.version.Versions;

/** Holds two versions against each other. */
@Path("/api/v1/comparison")
@Tag(name = "versions")
public class ComparisonResource {

    private static final Pattern NAMED = Pattern.compile("([^/@]+)/([^/@]+)@([^/@]+)");

    private final Visible visible;
    private final Versions versions;
    private final Aliases aliases;
    private final TrainingRecords records;

    ComparisonResource(Visible visible, Versions versions, Aliases aliases, TrainingRecords records) {
        this.visible = visible;
        this.versions = versions;
        this.aliases = aliases;
        this.records = records;
    }

    @GET
    @Operation(
            summary = "What differs between two versions: settings, metrics, training data, files",
            description = "Each side is written team/adapter@v3 or team/adapter@alias.")
    public Comparison compare(@QueryParam("left") @Nullable String left, @QueryParam("right") @Nullable String right)
            throws IOException {
        Version one = version("left", left);
        Version other = version("right", right);
        return new Comparison(
                one,
                other,
                Comparison.differences(one.settings(), other.settings()),
                Comparison.differences(training(one), training(other)),
                Comparison.Files.of(versions.files(one), versions.files(other)));
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

    private Map<String, JsonNode> training(Version version) throws IOException {
        return records.training(version).map(Comparison::flat).orElse(Map.of());
    }
}
