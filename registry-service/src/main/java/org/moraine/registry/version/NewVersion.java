package org.moraine.registry.version;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Method;
import org.moraine.contracts.Publication;
import org.moraine.contracts.TeamName;

/**
 * A version that is about to be made, by a job or by a team; one of {@code job} and {@code uploadedBy} is null.
 *
 * @param commit the manifest's, or where the version is another Hub's, what it is called there
 */
public record NewVersion(
        @Nullable JobId job,
        @Nullable TeamName uploadedBy,
        @Nullable String summary,
        @Nullable String baseModel,
        @Nullable Method method,
        Map<String, Object> settings,
        Manifest manifest,
        String commit) {

    public static NewVersion of(Publication publication) {
        return new NewVersion(
                publication.job(),
                null,
                null,
                publication.baseModel(),
                publication.method(),
                publication.settings(),
                publication.manifest(),
                publication.manifest().commit());
    }
}
