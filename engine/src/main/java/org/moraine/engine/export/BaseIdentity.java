package org.moraine.engine.export;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Manifest;
import org.moraine.engine.model.ModelFolder;

/**
 * Which base model an export belongs to.
 *
 * @param revision the commit it was downloaded from, null for a model that was not
 * @param digest of {@code files}, as {@link Manifest#digest} makes it
 * @param files SHA-256 of {@code config.json} and each weights file, as the Hub shows them too
 */
public record BaseIdentity(String name, @Nullable String revision, Digest digest, Map<String, Digest> files) {

    /** Reads every byte of the model once. */
    public static BaseIdentity of(ModelFolder base) {
        Manifest manifest = base.files();
        Map<String, Digest> files = new LinkedHashMap<>();
        manifest.files().forEach(file -> files.put(file.path(), file.digest()));
        return new BaseIdentity(base.name(), base.revision().orElse(null), manifest.digest(), files);
    }
}
