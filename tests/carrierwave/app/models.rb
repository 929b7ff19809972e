# What a row of a table is to CarrierWave: an id, and the columns that hold the names of files.
module Row
  def self.included(model)
    model.send(:attr_reader, :id)
  end

  def initialize(id)
    @id = id
    @columns = {}
  end

  def read_uploader(column)
    @columns[column]
  end

  def write_uploader(column, identifier)
    @columns[column] = identifier
  end
end

class User
  extend CarrierWave::Mount
  mount_uploader :avatar, PhotoUploader
  include Row
end

class Post
  extend CarrierWave::Mount
  mount_uploader :cover, CoverUploader
  include Row
end
