package org.moraine.registry.hub;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import java.util.regex.Pattern;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Refused;
import org.moraine.registry.Visible;
import org.moraine.registry.alias.Alias;
import org.moraine.registry.alias.Aliases;
import org.moraine.registry.version.Version;
import org.moraine.registry.version.Versions;

/** What a client calls a revision: a branch (an alias, or {@code main}), a tag (a version's number) or a commit. */
@ApplicationScoped
class Revisions {

    static final String COMMIT = "[0-9a-f]{40}";

    /** How the JavaScript client asks for the newest. */
    private static final String HEAD = "HEAD";

    private static final Pattern VERSION = Pattern.compile("v?([1-9][0-9]{0,8})");

    private final Versions versions;
    private final Aliases aliases;

    Revisions(Versions versions, Aliases aliases) {
        this.versions = versions;
        this.aliases = aliases;
    }

    /** The version that a revision names now; {@link Refused} where the adapter or the revision is not there. */
    Version require(AdapterName adapter, String revision) {
        return find(adapter, revision).orElseThrow(() -> {
            newest(adapter);
            return Refused.absent(
                    "revision_not_found", "revision", "There is no revision '" + revision + "' of " + adapter);
        });
    }

    /** An adapter's newest version; {@link Refused} where the adapter is not there. */
    Version newest(AdapterName adapter) {
        return versions.newest(adapter).orElseThrow(() -> Visible.absent(adapter.toString()));
    }

    private Optional<Version> find(AdapterName adapter, String revision) {
        if (revision.startsWith("refs/heads/")) {
            return branch(adapter, revision.substring("refs/heads/".length()));
        }
        if (revision.startsWith("refs/tags/")) {
            return tag(adapter, revision.substring("refs/tags/".length()));
        }
        if (revision.matches(COMMIT)) {
            return versions.first(adapter, revision);
        }
        return branch(adapter, revision).or(() -> tag(adapter, revision));
    }

    private Optional<Version> branch(AdapterName adapter, String name) {
        return name.equals(Alias.NEWEST) || name.equals(HEAD)
                ? versions.newest(adapter)
                : aliases.version(adapter, name).flatMap(version -> versions.find(adapter, version));
    }

    private Optional<Version> tag(AdapterName adapter, String name) {
        var version = VERSION.matcher(name);
        return version.matches() ? versions.find(adapter, Integer.parseInt(version.group(1))) : Optional.empty();
    }
}
