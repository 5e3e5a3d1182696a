package org.moraine.registry.hub;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import java.util.regex.Pattern;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Refused;
import org.moraine.registry.Visible;
import org.moraine.registry.alias.Alias;
import org.moraine.registry.alias.Aliases;
import org.moraine.registry.alias.Tags;
import org.moraine.registry.version.Version;
import org.moraine.registry.version.Versions;

/**
 * What a client calls a revision: a branch (an alias, or {@code main}), a tag (a version's number,
 * or a name that a team gave it) or a commit.
 */
@ApplicationScoped
class Revisions {

    static final String COMMIT = "[0-9a-f]{40}";

    /** How the JavaScript client asks for the newest. */
    private static final String HEAD = "HEAD";

    private static final Pattern VERSION = Pattern.compile("v?([1-9][0-9]{0,8})");

    private final Visible visible;
    private final Versions versions;
    private final Aliases aliases;
    private final Tags tags;

    Revisions(Visible visible, Versions versions, Aliases aliases, Tags tags) {
        this.visible = visible;
        this.versions = versions;
        this.aliases = aliases;
        this.tags = tags;
    }

    /** The repository of a path; {@link Refused} as absent where the caller may not know of it. */
    Repository repository(String team, String name) {
        return Repository.of(team, name, visible);
    }

    /** The version that a revision names now; {@link Refused} where the repository or the revision is not there. */
    Version require(Repository repository, String revision) {
        return find(repository, revision)
                .filter(version -> repository.has(version.version()))
                .orElseThrow(() -> {
                    newest(repository);
                    return Refused.absent(
                            "revision_not_found",
                            "revision",
                            "There is no revision '" + revision + "' of " + repository.id());
                });
    }

    /** A repository's newest version; {@link Refused} where the repository is not there. */
    Version newest(Repository repository) {
        return main(repository).orElseThrow(() -> Visible.absent(repository.id()));
    }

    private Optional<Version> main(Repository repository) {
        return repository.version() == null
                ? versions.newest(repository.adapter())
                : versions.find(repository.adapter(), repository.version());
    }

    private Optional<Version> find(Repository repository, String revision) {
        if (revision.startsWith("refs/heads/")) {
            return branch(repository, revision.substring("refs/heads/".length()));
        }
        if (revision.startsWith("refs/tags/")) {
            return tag(repository.adapter(), revision.substring("refs/tags/".length()));
        }
        if (revision.matches(COMMIT)) {
            return repository.version() == null
                    ? versions.first(repository.adapter(), revision)
                    : main(repository).filter(version -> version.commit().equals(revision));
        }
        return branch(repository, revision).or(() -> tag(repository.adapter(), revision));
    }

    private Optional<Version> branch(Repository repository, String name) {
        return name.equals(Alias.NEWEST) || name.equals(HEAD)
                ? main(repository)
                : aliases.version(repository.adapter(), name)
                        .flatMap(version -> versions.find(repository.adapter(), version));
    }

    private Optional<Version> tag(AdapterName adapter, String name) {
        var version = VERSION.matcher(name);
        return version.matches()
                ? versions.find(adapter, Integer.parseInt(version.group(1)))
                : tags.find(adapter, name).flatMap(tag -> versions.find(adapter, tag.version()));
    }
}
